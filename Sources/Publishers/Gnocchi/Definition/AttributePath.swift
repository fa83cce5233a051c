/// What an attribute's expression is made of.
indirect enum AttributePath: Sendable, Hashable {
    case root
    case fields([String])
    case allFields
    case element(Int)
    case allElements
    case child(AttributePath, AttributePath)
    case union([AttributePath])

    /// Why a text is no expression, and where, in characters from its beginning.
    struct Problem: Error, Hashable {
        let offset: Int
        let reason: String
    }
}
