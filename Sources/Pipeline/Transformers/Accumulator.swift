import Configuration
import Telemetry

/// `accumulator`: keeps samples until there are `size`, and lets them go on together, at the end of a cycle.
struct Accumulator: Transformer {
    static let name = "accumulator"

    private let size: Int
    private var samples: [Sample] = []

    /// So many are kept at most.
    static let largest: Int128 = 100_000

    init(_ parameters: TransformerParameters, into diagnostics: inout Diagnostics) {
        parameters.refuse(besides: ["size"], into: &diagnostics)
        size = parameters.count("size", in: 0...Self.largest, into: &diagnostics) ?? 1
    }

    mutating func handle(_ sample: Sample, _ context: inout TransformerContext) -> Sample? {
        guard size >= 1 else { return sample }
        samples.append(sample)
        return nil
    }

    mutating func flush(_ context: inout TransformerContext) -> [Sample] {
        guard size >= 1, samples.count >= size else { return [] }
        defer { samples = [] }
        return samples
    }

    func meters(from meters: [Meter]) -> [Meter] { meters }
}
