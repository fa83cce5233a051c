import Glibc

/// Arithmetic on numbers, as Python 3 does it: `/` is true division, `//` and `%` round towards minus infinity.
///
/// Whole numbers have 128 bits; a result beyond is an error and never another number.
enum ExpressionOperator: String, Sendable, CaseIterable {
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divided = "/"
    case floorDivided = "//"
    case remainder = "%"
    case power = "**"

    /// Why two numbers have no result.
    enum Fault: Error {
        case tooLarge
        case divisionByZero
        case notReal

        var message: String {
            switch self {
            case .tooLarge: "the result is too large"
            case .divisionByZero: "division by zero"
            case .notReal: "a negative number has no such power among the real ones"
            }
        }
    }

    func callAsFunction(_ a: ExpressionNumber, _ b: ExpressionNumber) throws(Fault) -> ExpressionNumber {
        if case .integer(let a) = a, case .integer(let b) = b { return try whole(a, b) }
        return .real(try real(a.double, b.double))
    }

    private func whole(_ a: Int128, _ b: Int128) throws(Fault) -> ExpressionNumber {
        switch self {
        case .plus: return .integer(try Self.checked(a.addingReportingOverflow(b)))
        case .minus: return .integer(try Self.checked(a.subtractingReportingOverflow(b)))
        case .times: return .integer(try Self.checked(a.multipliedReportingOverflow(by: b)))
        case .divided:
            guard b != 0 else { throw .divisionByZero }
            return .real(Self.quotient(a, b))
        case .floorDivided, .remainder:
            guard b != 0 else { throw .divisionByZero }
            let quotient = try Self.checked(a.dividedReportingOverflow(by: b))
            let rest = a.remainderReportingOverflow(dividingBy: b).partialValue
            let isBelow = rest != 0 && (rest < 0) != (b < 0)
            if self == .remainder { return .integer(isBelow ? rest + b : rest) }
            return .integer(isBelow ? quotient - 1 : quotient)
        case .power:
            return b < 0 ? .real(try real(Double(a), Double(b))) : .integer(try Self.power(a, b))
        }
    }

    private static func checked(_ result: (partialValue: Int128, overflow: Bool)) throws(Fault) -> Int128 {
        guard !result.overflow else { throw .tooLarge }
        return result.partialValue
    }

    /// By squaring: at most 127 steps, whatever the exponent.
    private static func power(_ base: Int128, _ exponent: Int128) throws(Fault) -> Int128 {
        var (result, square, rest): (Int128, Int128, Int128) = (1, base, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result = try checked(result.multipliedReportingOverflow(by: square)) }
            rest >>= 1
            if rest > 0 { square = try checked(square.multipliedReportingOverflow(by: square)) }
        }
        return result
    }

    /// The quotient rounded once, as Python does, also where the numbers have more digits than a `Double`.
    private static func quotient(_ a: Int128, _ b: Int128) -> Double {
        let (dividend, divisor) = (a.magnitude, b.magnitude)
        // At least 56 bits of the quotient, and in the last of them whether there were more.
        let shift = max(0, 56 - (divisor.leadingZeroBitCount - dividend.leadingZeroBitCount))
        let high = shift == 0 ? 0 : dividend >> (128 - shift)
        let (bits, rest) = divisor.dividingFullWidth((high, dividend << shift))
        let magnitude = Double(sign: .plus, exponent: -shift, significand: Double(rest == 0 ? bits : bits | 1))
        return (a < 0) != (b < 0) ? -magnitude : magnitude
    }

    private func real(_ a: Double, _ b: Double) throws(Fault) -> Double {
        switch self {
        case .plus: return a + b
        case .minus: return a - b
        case .times: return a * b
        case .divided:
            guard b != 0 else { throw .divisionByZero }
            return a / b
        case .floorDivided:
            guard b != 0 else { throw .divisionByZero }
            return Self.floorDivision(a, b).quotient
        case .remainder:
            guard b != 0 else { throw .divisionByZero }
            return Self.floorDivision(a, b).rest
        case .power:
            if a == 0, b < 0 { throw .divisionByZero }
            if a < 0, a.isFinite, b.isFinite, b != b.rounded() { throw .notReal }
            let result = pow(a, b)
            guard result.isFinite || !a.isFinite || !b.isFinite else { throw .tooLarge }
            return result
        }
    }

    private static func floorDivision(_ a: Double, _ b: Double) -> (quotient: Double, rest: Double) {
        var rest = a.truncatingRemainder(dividingBy: b)
        var quotient = (a - rest) / b
        if rest == 0 {
            rest = Double(signOf: b, magnitudeOf: 0)
        } else if (rest < 0) != (b < 0) {
            rest += b
            quotient -= 1
        }
        guard quotient != 0 else { return (Double(signOf: a / b, magnitudeOf: 0), rest) }
        let floor = quotient.rounded(.down)
        // The division may have rounded to just below a whole number.
        return (quotient - floor > 0.5 ? floor + 1 : floor, rest)
    }
}
