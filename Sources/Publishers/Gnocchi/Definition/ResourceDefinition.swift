import Telemetry

/// A type of Gnocchi's resources: which meters are its metrics, and what its attributes are (an entry of `resources` in
/// gnocchi_resources.yaml; Ceilometer: `ceilometer.publisher.gnocchi.ResourcesDefinition`).
struct ResourceDefinition: Sendable {
    /// The resource type, such as `instance`.
    let type: String
    /// Meters by their exact names.
    let metrics: [String: MetricDefinition]
    /// Meters by patterns, in the order of the file.
    let patterns: [(pattern: Glob, metric: MetricDefinition)]
    /// Patterns behind `!`: what they match is no metric of this type.
    let excluded: [Glob]
    /// The attributes in the order of the file.
    let attributes: [AttributeDefinition]

    /// Whether an attribute depends on more than the sample's resource, so that each sample may have another value.
    let dependsOnSample: Bool

    init(
        type: String, metrics: [String: MetricDefinition], patterns: [(pattern: Glob, metric: MetricDefinition)],
        excluded: [Glob], attributes: [AttributeDefinition]
    ) {
        self.type = type
        self.metrics = metrics
        self.patterns = patterns
        self.excluded = excluded
        self.attributes = attributes
        dependsOnSample = attributes.contains { $0.value.dependsOnSample }
    }

    /// The metric that a meter is by its exact name.
    func metric(named meter: String) -> MetricDefinition? {
        guard let metric = metrics[meter], !isExcluded(meter) else { return nil }
        return metric
    }

    /// The metric that a meter is by a pattern.
    func metric(matching meter: String) -> MetricDefinition? {
        guard !patterns.isEmpty, !isExcluded(meter) else { return nil }
        return patterns.first { $0.pattern.matches(meter) }?.metric
    }

    private func isExcluded(_ meter: String) -> Bool {
        excluded.contains { $0.matches(meter) }
    }
}

/// What becomes of a meter in Gnocchi.
struct MetricDefinition: Sendable, Hashable {
    /// The archive policy of the metric, when it is created.
    let archivePolicy: String
}

/// An attribute of a resource type.
struct AttributeDefinition: Sendable, Hashable {
    /// The attribute's name.
    let name: String
    /// Where its value comes from.
    let value: Source

    /// Where an attribute's value comes from.
    enum Source: Sendable, Hashable {
        /// A number or truth value that stands in the file.
        case constant(MetadataValue)
        /// Whatever an expression leads to.
        case expression(AttributeExpression)

        /// Fields of a sample that are its resource's.
        private static let ofResource: Set = [
            "user_id", "project_id", "user_name", "project_name", "resource_id", "resource_metadata", "source",
        ]

        var dependsOnSample: Bool {
            guard case .expression(let expression) = self else { return false }
            guard let fields = expression.firstFields else { return true }
            return !fields.isSubset(of: Self.ofResource)
        }
    }

    /// The value in a sample, as the document of its fields; `nil` if the sample has none.
    func value(in document: MetadataValue) -> MetadataValue? {
        switch value {
        case .constant(let constant): constant
        case .expression(let expression): expression.value(in: document)
        }
    }
}
