//! PHP.

use crate::check::{check, check_likely, stays};

fn vendor(run: &str) -> String {
    format!(
        "FROM composer:2 AS v\nWORKDIR /app\nCOPY composer.json ./\n{run}\nFROM php:8.4-fpm\nCOPY --from=v /app/vendor /app/vendor\n"
    )
}

fn native(before: &str) -> String {
    before.replacen("FROM ", "FROM --platform=$BUILDPLATFORM ", 1)
}

#[test]
fn a_vendor_tree_without_plugins_and_scripts_is_data() {
    for run in [
        "RUN composer install --no-plugins --no-scripts",
        "RUN composer update -n --no-plugins --no-scripts --prefer-dist",
        "RUN composer install -d /app --no-plugins --no-scripts && composer dump-autoload --no-scripts --no-plugins -o",
        "RUN docker-php-ext-install gmp && php /usr/bin/composer install --no-plugins --no-scripts",
        "RUN composer config --global process-timeout 2000 && composer install --no-plugins --no-scripts",
    ] {
        check(&vendor(run), &native(&vendor(run)));
    }
}

#[test]
fn plugins_and_scripts_may_do_more() {
    for run in [
        "RUN composer install",
        "RUN composer install --no-scripts",
        "RUN composer install --no-plugins --no-scripts && composer run-script post-install-cmd",
        "RUN composer install --no-plugins --no-scripts && composer dump-autoload",
        "RUN composer install --no-plugins --no-scripts && php artisan package:discover",
    ] {
        check_likely(&vendor(run), &native(&vendor(run)));
    }
}

#[test]
fn composer_may_come_by_its_installer() {
    let before = "FROM debian AS v\nRUN apt-get install -y php-cli curl\nRUN curl -sS https://example.org/installer | php -- --install-dir=/usr/local/bin --filename=composer\nWORKDIR /app\nCOPY composer.json ./\nRUN composer install\nFROM php:8.4-fpm\nCOPY --from=v /app/vendor /app/vendor\nCOPY --from=v /usr/local/bin/composer /usr/local/bin/\n";
    check_likely(before, &native(before));
}

#[test]
fn what_is_made_for_the_interpreter_stays() {
    stays(
        "FROM php:8.4 AS v\nRUN pecl install redis\nFROM php:8.4\nCOPY --from=v /usr/local/lib/php/extensions /usr/local/lib/php/extensions\n",
        "`pecl`",
    );
    stays(
        &vendor("RUN php -d opcache.file_cache=/app/vendor/cache app.php"),
        "compile its cache",
    );
    stays(&vendor("RUN composer archive"), "packs files");
    stays(&vendor("ARG COMMAND\nRUN composer $COMMAND"), "not known before");
}
