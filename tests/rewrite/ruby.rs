//! Ruby.

use crate::check::{check_likely, stays};

fn stage(run: &str, path: &str) -> String {
    format!(
        "FROM ruby:3.4 AS b\nWORKDIR /app\nCOPY . .\n{run}\nFROM ruby:3.4-slim\nCOPY --from=b {path} /x\n"
    )
}

fn native(before: &str) -> String {
    before.replacen("FROM ", "FROM --platform=$BUILDPLATFORM ", 1)
}

#[test]
fn assets_and_pages_are_likely_data() {
    for (run, path) in [
        (
            "RUN bundle install && bundle exec rake assets:precompile",
            "/app/public",
        ),
        (
            "RUN bundle install -j4 && RAILS_ENV=production bin/rails assets:precompile",
            "/app/public/assets",
        ),
        (
            "RUN bundle install && bundle exec middleman build --clean",
            "/app/build",
        ),
        (
            "ENV BUNDLE_PATH=/gems\nRUN bundle install && ./bin/rails assets:precompile",
            "/app/public",
        ),
    ] {
        let before = stage(run, path);
        check_likely(&before, &native(&before));
    }
}

#[test]
fn a_bundle_stays() {
    let wanted = |run: &str, path: &str, why: &str| {
        stays(&format!("# xbuild: native\n{}", stage(run, path)), why);
    };
    wanted("RUN bundle install", "/usr/local/bundle", "`bundle install`");
    wanted("RUN bundle install --deployment", "/app", "`bundle install`");
    wanted(
        "RUN bundle config set path deps && bundle install",
        "/app/deps",
        "`bundle install`",
    );
    wanted(
        "RUN bundle config --local path deps && bundle install",
        "/app",
        "`bundle install`",
    );
    wanted(
        "ENV BUNDLE_PATH=/gems\nRUN bundle install",
        "/gems",
        "`bundle install`",
    );
    wanted("RUN bundle exec bootsnap precompile app/", "/app", "`bootsnap`");
    wanted(
        "RUN bundle exec rake assets:precompile",
        "/app",
        "`assets:precompile`",
    );
    wanted(
        "RUN bundle exec rake db:migrate",
        "/app/public",
        "files are not known",
    );
    wanted("RUN ruby build.rb", "/app/public", "files are not known");
}
