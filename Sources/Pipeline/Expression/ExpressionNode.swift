/// An expression as a tree.
indirect enum ExpressionNode: Sendable {
    case value(ExpressionValue)
    case name(ExpressionName)
    case sign(isNegative: Bool, ExpressionNode, at: Int)
    case arithmetic(ExpressionOperator, ExpressionNode, ExpressionNode, at: Int)
    /// `a < b <= c`: each two neighbours must compare.
    case comparison(ExpressionNode, [Link])
    case not(ExpressionNode)
    case and(ExpressionNode, ExpressionNode)
    case or(ExpressionNode, ExpressionNode)

    /// A comparison's operator and what stands behind it.
    struct Link: Sendable {
        let comparison: ExpressionComparison
        let operand: ExpressionNode
        let position: Int
    }
}

/// What a name in an expression refers to: an attribute of a sample, and what is in it.
struct ExpressionName: Hashable, Sendable {
    /// The meter whose sample is meant; `nil` for the sample that is being transformed.
    let meter: String?
    /// The sample's attribute, such as `volume` or `resource_metadata`.
    let attribute: String
    /// Names within it.
    let path: [String]
    /// Where it stands: the number of its first character, from 1.
    let position: Int

    /// As it may be written.
    var text: String {
        ([meter.map { "$(\($0))" }, attribute].compactMap { $0 } + path).joined(separator: ".")
    }
}
