import Keystone

extension KeystoneError {
    /// Not asked for, as others got no answer.
    static let skipped = KeystoneError(.cancelled, url: "", detail: "not asked for", advice: "nothing")
}
