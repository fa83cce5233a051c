/// A sample's number. Ceilometer sends counters as integers and quotients (MiB from KiB) as floating point; both are
/// kept as they are, since a counter beyond 2^53 would lose digits as a `Double`.
public enum Volume: Sendable, Hashable {
    /// A whole number; wide enough for the sum of many 64-bit counters.
    case integer(Int128)
    /// A floating-point number.
    case real(Double)

    /// The number as a `Double`, rounded if it does not fit.
    public var double: Double {
        switch self {
        case .integer(let value): value.double
        case .real(let value): value
        }
    }

    /// The sum, whole if both numbers are.
    public func adding(_ other: Volume) -> Volume {
        if case .integer(let a) = self, case .integer(let b) = other { return .integer(a + b) }
        return .real(double + other.double)
    }

    /// Whether the number can be sent: JSON has no NaN and no infinity (RFC 8259, section 6).
    public var isFinite: Bool {
        switch self {
        case .integer: true
        case .real(let value): value.isFinite
        }
    }
}

extension Volume: CustomStringConvertible {
    /// As Python writes it: `11`, `2048.0`, `1e+16`.
    public var description: String {
        switch self {
        case .integer(let value): String(value)
        case .real(let value): value.pythonText
        }
    }
}

extension Int128 {
    /// The number as a `Double`, rounded if it does not fit. Swift's own conversion of so wide a number takes two thousand
    /// instructions, and hardly any figure is so wide.
    package var double: Double {
        let narrow = Int64(truncatingIfNeeded: self)
        return Int128(narrow) == self ? Double(narrow) : Double(self)
    }
}

extension Double {
    /// As Python's `repr` writes it. Swift goes over to an exponent at 2^53 already, Python at 10^16.
    package var pythonText: String {
        guard magnitude >= 0x1p53, magnitude < 1e16 else { return description }
        return "\(Int64(self)).0"
    }
}
