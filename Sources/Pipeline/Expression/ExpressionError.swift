/// Why an expression cannot be read, or has no value for a sample.
struct ExpressionError: Error, Hashable, CustomStringConvertible {
    /// Where: the number of the character in the expression, from 1.
    let position: Int
    /// What is wrong, and what was expected.
    let message: String

    init(at position: Int, _ message: String) {
        self.position = position
        self.message = message
    }

    var description: String { "at character \(position) of the expression: \(message)" }
}
