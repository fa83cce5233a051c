/// Which names an expression may have.
enum ExpressionVocabulary: Sendable {
    /// A sample's attributes: `volume`, `resource_metadata.cpu_number`.
    case sample
    /// Those of several meters' samples: `$(cpu)`, `$(cpu).resource_metadata.cpu_number`.
    case meters
}
