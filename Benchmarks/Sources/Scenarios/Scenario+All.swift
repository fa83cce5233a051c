extension Scenario {
    /// All of them, in the order in which a cycle does them, and then those that are rare.
    public static let all: [Scenario] =
        [.statistics, .samples, .pipelines, .rateOfChange, .json, .outboxAppend, .outboxDrain]
        + [.cycle(instances: 500), .cycle(instances: 5000), .discovery, .firstCycle]
        + [.gnocchiPayload, .gnocchiDelivery, .pollingFile, .pipelineFile, .gnocchiFile]
}
