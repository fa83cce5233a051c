/// A word of an expression, and where it begins.
struct ExpressionToken: Hashable, Sendable {
    let kind: Kind
    /// The number of its first character, from 1.
    let position: Int

    enum Kind: Hashable, Sendable {
        case number(ExpressionValue)
        case name(String)
        /// `$(meter)`
        case meter(String)
        /// An operator, a bracket, a dot.
        case symbol(String)
        case end
    }

    /// The word as it is told in an error.
    var text: String {
        switch kind {
        case .number(let value): "the number \(value.text)"
        case .name(let name): name
        case .meter(let name): "$(\(name))"
        case .symbol(let symbol): "\"\(symbol)\""
        case .end: "the end"
        }
    }
}
