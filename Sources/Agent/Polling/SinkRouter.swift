import Outbox
import Pipeline
import Telemetry

/// Gives each pipeline the samples that it matches, and makes each of its publishers' payloads.
struct SinkRouter: Sendable {
    private let pipelines: [Route]

    fileprivate struct Route: Sendable {
        let filter: MeterFilter
        let publishers: [any Publisher]
    }

    /// A router for pipelines with their publishers, in the order of the file.
    init(_ pipelines: [(filter: MeterFilter, publishers: [any Publisher])]) {
        self.pipelines = pipelines.map { Route(filter: $0.filter, publishers: $0.publishers) }
    }

    /// What is to be delivered, and by whom, in order.
    func payloads(for samples: [Sample]) -> [(identity: String, payloads: [Payload])] {
        var result: [(identity: String, payloads: [Payload])] = []
        for route in pipelines {
            let matching = route.matching(samples)
            guard !matching.isEmpty else { continue }
            for publisher in route.publishers {
                let payloads = publisher.payloads(for: matching)
                if !payloads.isEmpty { result.append((publisher.identity, payloads)) }
            }
        }
        return result
    }
}

extension SinkRouter.Route {
    fileprivate func matching(_ samples: [Sample]) -> [Sample] {
        // A cycle has few meters and many samples: each meter is matched once.
        var decided: [ObjectIdentifier: Bool] = [:]
        return samples.filter { sample in
            let meter = ObjectIdentifier(sample.meter)
            if let decision = decided[meter] { return decision }
            let decision = filter.matches(sample.meter.name)
            decided[meter] = decision
            return decision
        }
    }
}
