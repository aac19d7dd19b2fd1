//! For which processor a file is made, and which processor a platform has.

use std::fmt;

use object::{
    Endianness,
    elf::{self, FileHeader32, FileHeader64, Machine},
    read::elf::FileHeader,
};

/// What the header of an ELF file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    machine: Machine,
    is_64: bool,
    is_little: bool,
    flags: u32,
}

/// What the first bytes of a file show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Something else than ELF.
    Other,
    /// ELF with a whole header.
    Elf(Kind),
    /// The mark of ELF, but no valid header behind it.
    BrokenElf,
}

/// How a file fits a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is made for the platform.
    Right,
    /// It is made for another, but runs on this one.
    AlsoRuns(&'static str),
    /// It is made for a device or a virtual machine, not for a processor that runs Linux programs.
    NoProgram(String),
    /// It is made for another platform.
    Wrong,
}

/// How many bytes of a file are enough for [`read_content`].
pub(super) const HEADER_BYTES: u64 = 64;

/// Reads the first [`HEADER_BYTES`] of a file, or the whole of a shorter one.
pub(super) fn read_content(start: &[u8]) -> Content {
    if !start.starts_with(&elf::ELFMAG) {
        return Content::Other;
    }
    let kind = match start.get(4) {
        Some(2) => read_header(FileHeader64::<Endianness>::parse(start)),
        _ => read_header(FileHeader32::<Endianness>::parse(start)),
    };
    kind.map_or(Content::BrokenElf, Content::Elf)
}

fn read_header<H: FileHeader<Endian = Endianness>>(header: object::read::Result<&H>) -> Option<Kind> {
    let header = header.ok()?;
    let endian = header.endian().ok()?;
    Some(Kind {
        machine: header.e_machine(endian),
        is_64: header.is_class_64(),
        is_little: endian == Endianness::Little,
        flags: header.e_flags(endian).0,
    })
}

/// What programs for a platform are; none for a platform whose programs are not ELF, or that is not known.
pub(super) fn of_platform(platform: &str) -> Option<Kind> {
    let mut parts = platform.split('/');
    let (system, architecture) = (parts.next()?, parts.next()?);
    if !["linux", "freebsd"].contains(&system) {
        return None;
    }
    let (machine, is_64, is_little) = match architecture {
        "amd64" => (elf::EM_X86_64, true, true),
        "386" => (elf::EM_386, false, true),
        "arm64" => (elf::EM_AARCH64, true, true),
        "arm" => (elf::EM_ARM, false, true),
        "ppc64le" => (elf::EM_PPC64, true, true),
        "ppc64" => (elf::EM_PPC64, true, false),
        "s390x" => (elf::EM_S390, true, false),
        "riscv64" => (elf::EM_RISCV, true, true),
        "loong64" => (elf::EM_LOONGARCH, true, true),
        "mips64le" => (elf::EM_MIPS, true, true),
        "mips64" => (elf::EM_MIPS, true, false),
        "mipsle" => (elf::EM_MIPS, false, true),
        "mips" => (elf::EM_MIPS, false, false),
        _ => return None,
    };
    Some(Kind {
        machine,
        is_64,
        is_little,
        flags: 0,
    })
}

/// Compares a file with what its platform needs.
///
/// The version of arm is not compared: the header does not tell it.
pub(super) fn fit(found: Kind, needed: Kind) -> Fit {
    let is_same = found.machine == needed.machine && found.is_little == needed.is_little;
    if is_same && found.is_64 == needed.is_64 {
        return Fit::Right;
    }
    if needed.machine == elf::EM_X86_64 && found.is_little && !found.is_64 {
        match found.machine {
            elf::EM_386 => return Fit::AlsoRuns("amd64 machines also run 32-bit programs for 386"),
            elf::EM_X86_64 => return Fit::AlsoRuns("the x32 form of amd64, which some kernels run"),
            _ => {}
        }
    }
    if PROCESSORS.iter().any(|(machine, _)| *machine == found.machine) {
        Fit::Wrong
    } else {
        Fit::NoProgram(found.machine_name())
    }
}

/// Processors on which Linux programs run; everything else in an ELF header is a device or a virtual machine.
const PROCESSORS: &[(Machine, &str)] = &[
    (elf::EM_386, "i386"),
    (elf::EM_X86_64, "x86-64"),
    (elf::EM_AARCH64, "AArch64"),
    (elf::EM_ARM, "ARM"),
    (elf::EM_PPC, "PowerPC"),
    (elf::EM_PPC64, "PowerPC64"),
    (elf::EM_S390, "S/390"),
    (elf::EM_RISCV, "RISC-V"),
    (elf::EM_LOONGARCH, "LoongArch"),
    (elf::EM_MIPS, "MIPS"),
    (elf::EM_SPARC, "SPARC"),
    (elf::EM_SPARCV9, "SPARC V9"),
    (elf::EM_IA_64, "Itanium"),
    (elf::EM_ALPHA, "Alpha"),
    (elf::EM_PARISC, "PA-RISC"),
    (elf::EM_68K, "m68k"),
    (elf::EM_SH, "SuperH"),
];

/// What is often met in images and is no program of theirs.
const DEVICES: &[(Machine, &str)] = &[
    (elf::EM_NONE, "data without a machine"),
    (elf::EM_BPF, "eBPF"),
    (elf::EM_AMDGPU, "AMD GPU"),
    (elf::EM_CUDA, "NVIDIA CUDA"),
    (elf::EM_AVR, "AVR"),
    (elf::EM_XTENSA, "Xtensa"),
    (elf::EM_MSP430, "MSP430"),
];

impl Kind {
    fn machine_name(self) -> String {
        let known = PROCESSORS
            .iter()
            .chain(DEVICES)
            .find(|(machine, _)| *machine == self.machine);
        known.map_or_else(
            || format!("machine {}", self.machine.0),
            |(_, name)| (*name).to_owned(),
        )
    }

    /// The names that paths have for the processor, for [`super::intent`].
    pub(super) fn path_names(self) -> &'static [&'static str] {
        match self.machine {
            elf::EM_386 => &["386", "i386", "i486", "i586", "i686", "ia32", "x86"],
            elf::EM_X86_64 => &["amd64", "x64", "x86_64", "x86-64"],
            elf::EM_AARCH64 => &["arm64", "aarch64"],
            elf::EM_ARM => &[
                "arm", "armel", "armhf", "armv5", "armv6", "armv7", "armv6l", "armv7l",
            ],
            elf::EM_PPC | elf::EM_PPC64 => &[
                "ppc",
                "powerpc",
                "ppc64",
                "powerpc64",
                "ppc64le",
                "ppc64el",
                "powerpc64le",
            ],
            elf::EM_S390 => &["s390", "s390x"],
            elf::EM_RISCV => &["riscv", "riscv32", "riscv64"],
            elf::EM_LOONGARCH => &["loong64", "loongarch64"],
            elf::EM_MIPS => &[
                "mips",
                "mipsel",
                "mipsle",
                "mips64",
                "mips64el",
                "mips64le",
                "mipsisa32r6",
                "mipsisa64r6",
                "mipsisa64r6el",
            ],
            _ => &[],
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = if self.is_64 { "64-bit" } else { "32-bit" };
        write!(formatter, "{}, {bits}", self.machine_name())?;
        let both = [elf::EM_PPC64, elf::EM_MIPS, elf::EM_ARM, elf::EM_AARCH64];
        if both.contains(&self.machine) {
            write!(
                formatter,
                ", {}-endian",
                if self.is_little { "little" } else { "big" }
            )?;
        }
        if self.machine == elf::EM_ARM && self.flags & elf::EF_ARM_ABI_FLOAT_HARD != 0 {
            write!(formatter, ", hard-float")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The start of an ELF file.
    fn header(class: u8, data: u8, machine: u16) -> Vec<u8> {
        let mut bytes = vec![0; 64];
        bytes[..7].copy_from_slice(&[0x7f, b'E', b'L', b'F', class, data, 1]);
        let machine = if data == 1 {
            machine.to_le_bytes()
        } else {
            machine.to_be_bytes()
        };
        bytes[18..20].copy_from_slice(&machine);
        bytes
    }

    fn check(start: &[u8], platform: &str, expected: &str) {
        let needed = of_platform(platform).expect("is known");
        let fit = match read_content(start) {
            Content::Elf(kind) => format!("{:?}", fit(kind, needed)),
            other => format!("{other:?}"),
        };
        assert!(fit.starts_with(expected), "{platform}: {fit}, not {expected}");
    }

    #[test]
    fn machine_class_and_order_must_all_fit() {
        check(&header(2, 1, 62), "linux/amd64", "Right");
        check(&header(2, 1, 62), "linux/amd64/v3", "Right");
        check(&header(2, 1, 62), "linux/arm64", "Wrong");
        check(&header(2, 1, 183), "linux/arm64", "Right");
        check(&header(1, 1, 3), "linux/amd64", "AlsoRuns");
        check(&header(2, 1, 62), "linux/386", "Wrong");
        check(&header(1, 1, 40), "linux/arm/v7", "Right");
        check(&header(1, 1, 40), "linux/arm64", "Wrong");
        check(&header(2, 1, 21), "linux/ppc64le", "Right");
        check(&header(2, 2, 21), "linux/ppc64le", "Wrong");
        check(&header(2, 2, 22), "linux/s390x", "Right");
        check(&header(1, 2, 22), "linux/s390x", "Wrong");
        check(&header(1, 1, 243), "linux/riscv64", "Wrong");
        check(&header(2, 1, 258), "linux/loong64", "Right");
        check(&header(2, 1, 8), "linux/mips64le", "Right");
    }

    #[test]
    fn what_is_for_no_processor_is_not_judged() {
        check(&header(2, 1, 247), "linux/amd64", "NoProgram(\"eBPF\")");
        check(&header(2, 1, 4000), "linux/amd64", "NoProgram(\"machine 4000\")");
        check(b"#!/bin/sh\n", "linux/amd64", "Other");
        check(b"", "linux/amd64", "Other");
        check(&header(2, 1, 62)[..20], "linux/amd64", "BrokenElf");
        check(&header(9, 1, 62), "linux/amd64", "BrokenElf");
        check(b"\x7fELF", "linux/amd64", "BrokenElf");
        assert_eq!(of_platform("windows/amd64"), None);
        assert_eq!(of_platform("linux/wasm"), None);
        assert_eq!(of_platform(""), None);
    }

    #[test]
    fn kinds_have_names_for_people() {
        let mut arm = header(1, 1, 40);
        arm[36..40].copy_from_slice(&0x0500_0400_u32.to_le_bytes());
        let Content::Elf(kind) = read_content(&arm) else {
            unreachable!("is ELF")
        };
        assert_eq!(kind.to_string(), "ARM, 32-bit, little-endian, hard-float");
        assert_eq!(
            of_platform("linux/amd64").map(|kind| kind.to_string()).as_deref(),
            Some("x86-64, 64-bit")
        );
    }
}
