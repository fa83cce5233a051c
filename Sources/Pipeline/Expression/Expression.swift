import Telemetry

/// An expression of a transformer: read once, evaluated for each sample. It can do nothing but compute; how long it may
/// be and how deep is bounded, and so is the time that it takes. The grammar stands in docs/pipeline.md.
struct Expression: Sendable {
    /// As it was written.
    let text: String
    private let root: ExpressionNode

    /// The longest text, in characters.
    static let longest = 1000

    /// Reads an expression. Throws where it stands and what was expected.
    init(_ text: String, _ vocabulary: ExpressionVocabulary) throws(ExpressionError) {
        self.text = text
        let length = text.unicodeScalars.count
        guard length <= Self.longest else {
            throw ExpressionError(at: Self.longest + 1, "it has \(length) characters; expected at most \(Self.longest)")
        }
        root = try ExpressionParser.parse(text, vocabulary)
        for name in names { try SampleAttribute.check(name) }
    }

    /// Every name in it, in order.
    var names: [ExpressionName] {
        var names: [ExpressionName] = []
        root.collect(into: &names)
        return names
    }

    /// Its value, given a sample for each meter that it names (and for `nil`, the sample that is being transformed).
    /// Throws what has no value, and where.
    func evaluate(_ sample: (_ meter: String?) -> Sample?) throws(ExpressionError) -> ExpressionValue {
        try root.evaluate { name in
            guard let sample = sample(name.meter), let attribute = SampleAttribute(rawValue: name.attribute) else {
                return .missing
            }
            return attribute.value(of: sample)
        }
    }
}

extension ExpressionNode {
    fileprivate func collect(into names: inout [ExpressionName]) {
        switch self {
        case .value: break
        case .name(let name): names.append(name)
        case .sign(_, let operand, _), .not(let operand): operand.collect(into: &names)
        case .arithmetic(_, let a, let b, _), .and(let a, let b), .or(let a, let b):
            a.collect(into: &names)
            b.collect(into: &names)
        case .comparison(let first, let links):
            first.collect(into: &names)
            for link in links { link.operand.collect(into: &names) }
        }
    }
}
