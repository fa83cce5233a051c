import Configuration
import Telemetry

extension ExpressionNode {
    /// The value of this tree. `attribute` gives what a name's first part stands for.
    func evaluate(_ attribute: (ExpressionName) -> ExpressionValue) throws(ExpressionError) -> ExpressionValue {
        switch self {
        case .value(let value): return value
        case .name(let name): return try name.value(in: attribute(name))
        case .sign(let isNegative, let operand, let position):
            let number = try operand.number(attribute, at: position)
            return try Self.compute(isNegative ? .minus : .plus, .integer(0), number, at: position, isSign: true)
        case .arithmetic(let found, let a, let b, let position):
            let a = try a.number(attribute, at: position)
            return try Self.compute(found, a, try b.number(attribute, at: position), at: position)
        case .comparison(let first, let links):
            var left = try first.evaluate(attribute)
            for link in links {
                let right = try link.operand.evaluate(attribute)
                guard let holds = link.comparison(left, right) else {
                    throw ExpressionError(at: link.position, "\(left.kind) and \(right.kind) have no order")
                }
                guard holds else { return .truth(false) }
                left = right
            }
            return .truth(true)
        case .not(let operand): return .truth(!(try operand.evaluate(attribute).isTrue))
        case .and(let a, let b):
            let value = try a.evaluate(attribute)
            return value.isTrue ? try b.evaluate(attribute) : value
        case .or(let a, let b):
            let value = try a.evaluate(attribute)
            return value.isTrue ? value : try b.evaluate(attribute)
        }
    }

    private func number(
        _ attribute: (ExpressionName) -> ExpressionValue, at position: Int
    ) throws(ExpressionError) -> ExpressionNumber {
        let value = try evaluate(attribute)
        if let number = value.number { return number }
        if case .name(let name) = self {
            throw ExpressionError(at: name.position, "\(name.text.excerpt) is \(value.kind); expected a number")
        }
        throw ExpressionError(at: position, "an operand is \(value.kind); expected a number")
    }

    private static func compute(
        _ found: ExpressionOperator, _ a: ExpressionNumber, _ b: ExpressionNumber, at position: Int,
        isSign: Bool = false
    ) throws(ExpressionError) -> ExpressionValue {
        // 0 - 0.0 would lose the sign.
        if isSign, case .real(let number) = b { return .real(found == .minus ? -number : number) }
        do {
            return try found(a, b).value
        } catch {
            throw ExpressionError(at: position, error.message)
        }
    }
}

extension ExpressionName {
    /// What the rest of the name stands for in what its first part does.
    fileprivate func value(in attribute: ExpressionValue) throws(ExpressionError) -> ExpressionValue {
        var value = attribute
        for part in path {
            guard case .record(let fields) = value else {
                throw ExpressionError(
                    at: position, "\(text.excerpt) stands for nothing: what is before \(part.excerpt) is \(value.kind)")
            }
            value = fields[part].map(ExpressionValue.init) ?? .missing
        }
        return value
    }
}
