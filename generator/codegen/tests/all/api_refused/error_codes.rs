//! What is wrong with lists of error codes, and with a product that names their families.

use super::{CODES, REST, check, fault, refused};

#[test]
fn lists() {
    check(&[
        fault(
            CODES,
            "{code: -1001, name: 24HR",
            "{code: -1000, name: 24HR",
            "name: 24HR",
            "-1000 is already declared for `nasty` at shared/error-codes.yaml:7",
            "once a family",
        ),
        fault(
            CODES,
            "name: 24HR",
            "name: UNKNOWN",
            "-1001",
            "-1001 would be called `UNKNOWN` in `nasty`, as is -1000 at shared/error-codes.yaml:7",
            "`constant`",
        ),
        fault(
            CODES,
            "constant: PENDING_5013",
            "constant: pending",
            "constant: pending",
            "`pending` is not a name for a constant",
            "write `PENDING`",
        ),
        fault(
            CODES,
            "constant: PENDING_5013",
            "constant: TYPE",
            "constant: TYPE",
            "would be called `TYPE`",
            "`constant`",
        ),
        fault(
            CODES,
            "also: [NO_RELATION]",
            "also: [type]",
            "also: [type]",
            "would be called `TYPE`",
            "`constant`",
        ),
        fault(
            CODES,
            "name: PENDING, also",
            "also",
            "also: [NO",
            "-5012 has further names, and no first one",
            "write `name`",
        ),
        fault(
            CODES,
            "name: 24HR",
            "nmae: 24HR",
            "-1001",
            "not an error code",
            "an entry has code and families",
        ),
        fault(
            CODES,
            "families: [other], text",
            "families: [othr], text",
            "othr",
            "there is no family `othr`",
            "did you mean `other`?",
        ),
        fault(
            CODES,
            "families: [other], text",
            "families: [quite-another], text",
            "quite-another",
            "there is no family `quite-another`",
            "declare it under `families`",
        ),
        fault(
            CODES,
            "families: [other], text",
            "families: [], text",
            "families: []",
            "-1001 belongs to no family",
            "list its families",
        ),
        fault(
            CODES,
            "  other: Of",
            "  Other One: Of",
            "Other One",
            "`Other One` names no family",
            "small letters",
        ),
        fault(
            CODES,
            "'050009'",
            "'05000x'",
            "05000x",
            "`05000x` is not an error code",
            "number of 32 bits",
        ),
        fault(
            CODES,
            "code: 1130101",
            "code: 4294967296",
            "4294967296",
            "not an error code",
            "an entry has code",
        ),
        fault(
            CODES,
            "codes:",
            "cods:",
            "cods:",
            "not a list of error codes",
            "codes:",
        ),
        fault(
            CODES,
            "code: -1001",
            "code: -1001, code: -1001",
            "-1001, code",
            "`code` occurs twice",
            "each key once",
        ),
        fault(
            CODES,
            "code: -1001",
            "code: [",
            "code: [",
            "not valid YAML",
            "correct the syntax",
        ),
    ]);
}

#[test]
fn families_of_a_product() {
    check(&[
        fault(
            REST,
            "x-error-codes: [nasty, second-one]",
            "x-error-codes: [nasty, third-one]",
            "third-one",
            "there is no family `third-one` of error codes",
            "there are: nasty, second-one, other",
        ),
        fault(
            REST,
            "x-error-codes: [nasty, second-one]",
            "x-error-codes: nasty",
            "x-error-codes",
            "not a list of families",
            "shared/error-codes.yaml",
        ),
        fault(
            REST,
            "x-error-codes: [nasty, second-one]",
            "x-error-codes: []",
            "x-error-codes",
            "not a list of families",
            "shared/error-codes.yaml",
        ),
    ]);
    // One name, two numbers: right for each of the families, wrong for a product that has both.
    let found = refused(
        CODES,
        "name: SYS_ERROR, families: [second-one]",
        "name: type, families: [second-one]",
    );
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].file.as_str(), found[0].line), (REST, 12));
    assert_eq!(
        found[0].message,
        "`TYPE` is 1130101 in `second-one`, and -1002 in `nasty`"
    );
}
