/// Comparisons, as Python does them: anything can be equal or not; only numbers, and only texts, have an order.
enum ExpressionComparison: String, Sendable, CaseIterable {
    case less = "<"
    case atMost = "<="
    case greater = ">"
    case atLeast = ">="
    case equal = "=="
    case different = "!="

    /// Whether it holds; `nil` if the two have no order.
    func callAsFunction(_ a: ExpressionValue, _ b: ExpressionValue) -> Bool? {
        if let a = a.number, let b = b.number { return holds(Self.order(a, b)) }
        switch (self, a, b) {
        case (.equal, _, _): return a == b
        case (.different, _, _): return a != b
        case (_, .text(let a), .text(let b)):
            if a.unicodeScalars.elementsEqual(b.unicodeScalars) { return holds(.same) }
            return holds(a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars) ? .ascending : .descending)
        default: return nil
        }
    }

    private enum Order { case ascending, same, descending, none }

    private func holds(_ order: Order) -> Bool {
        switch self {
        case .less: order == .ascending
        case .atMost: order == .ascending || order == .same
        case .greater: order == .descending
        case .atLeast: order == .descending || order == .same
        case .equal: order == .same
        case .different: order != .same
        }
    }

    private static func order(_ a: ExpressionNumber, _ b: ExpressionNumber) -> Order {
        switch (a, b) {
        case (.integer(let a), .integer(let b)): order(a, b)
        case (.real(let a), .real(let b)): order(a, b)
        case (.integer(let a), .real(let b)): order(a, b)
        case (.real(let a), .integer(let b)): reversed(order(b, a))
        }
    }

    private static func order<Number: Comparable>(_ a: Number, _ b: Number) -> Order {
        if a < b { .ascending } else if a > b { .descending } else if a == b { .same } else { .none }
    }

    private static func reversed(_ order: Order) -> Order {
        switch order {
        case .ascending: .descending
        case .descending: .ascending
        case .same, .none: order
        }
    }

    /// Exact, also where the whole number has more digits than a `Double`.
    private static func order(_ a: Int128, _ b: Double) -> Order {
        guard !b.isNaN else { return .none }
        guard let floor = Int128(exactly: b.rounded(.down)) else { return b > 0 ? .ascending : .descending }
        if a != floor { return order(a, floor) }
        return b.rounded(.down) == b ? .same : .ascending
    }
}
