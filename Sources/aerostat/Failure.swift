/// Exit codes, after sysexits.h where it has one.
enum ExitStatus {
    static let failed: Int32 = 1
    static let usage: Int32 = 2
    static let configuration: Int32 = 78
}

/// Why the program ends, in one line for standard error.
struct Failure: Error {
    let code: Int32
    let message: String
}
