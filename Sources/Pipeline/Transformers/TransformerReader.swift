import Configuration

extension TransformerChain {
    /// Every transformer, by its name in pipeline.yaml.
    private static let known: [any Transformer.Type] = [
        Accumulator.self, Aggregator.self, Arithmetic.self, Delta.self, RateOfChange.self, UnitConversion.self,
    ]

    /// The transformers that a sink lists under `transformers`; an error for each that cannot be read.
    static func read(_ node: YAMLNode, of sink: String, into diagnostics: inout Diagnostics) -> TransformerChain {
        if node.isFalse { return TransformerChain() }
        guard case .sequence(let elements) = node.content else {
            diagnostics.error(at: node.location, "transformers of \(sink) is \(node.kind); expected a list")
            return TransformerChain()
        }
        let names = known.map { $0.name }
        let expected = "expected one of \(names.joined(separator: ", "))"
        var steps: [(transformer: any Transformer, parameters: TransformerParameters)] = []
        for element in elements {
            guard let name = element["name"]?.scalarText else {
                diagnostics.error(at: element.location, "a transformer of \(sink) has no name; \(expected)")
                continue
            }
            guard let type = known.first(where: { $0.name == name }) else {
                diagnostics.error(
                    at: element["name"]?.location,
                    "\(sink) has an unknown transformer \(name.redactedExcerpt); \(expected)"
                        + NearMiss.hint(for: name, among: names))
                continue
            }
            let title = "\(name) of \(sink)"
            element.warnOfKeys(besides: ["name", "parameters"], in: title, into: &diagnostics)
            let parameters = TransformerParameters(
                element["parameters"], of: title, at: element.location, into: &diagnostics)
            steps.append((type.init(parameters, into: &diagnostics), parameters))
        }
        return TransformerChain(steps)
    }
}
