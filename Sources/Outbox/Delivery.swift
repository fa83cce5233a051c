/// What became of one attempt to deliver a payload.
public enum Delivery: Sendable, Hashable {
    /// The receiver has taken it.
    case delivered
    /// The receiver could not take it now. `after`, if given, is the receiver's own wish (`Retry-After`).
    case retry(after: Duration?, reason: String)
    /// The receiver refuses us (401, 403): to be tried again slowly, and loudly.
    case refused(reason: String)
    /// The payload is too large for the receiver (413): to be split.
    case tooLarge(reason: String)
    /// The receiver refuses the payload as a whole for the sake of a part of it: the two parts, in order, are to stand in
    /// its place. Together they must hold the payload's samples, and each at least one.
    case divided(Payload, Payload, reason: String)
    /// The receiver will never take it: to be kept aside with the reason.
    case rejected(reason: String)
}
