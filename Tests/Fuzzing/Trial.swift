/// What a parser made of one input.
public struct Trial: Sendable {
    /// Whether it took the input for what it should be.
    public let isAccepted: Bool
    /// What was special about it. An input that shows something for the first time is mutated further.
    public let trait: String

    /// A trial that came out so.
    public init(isAccepted: Bool, trait: String) {
        self.isAccepted = isAccepted
        self.trait = trait
    }

    /// What a message says without what it says it of: quoted texts and digits count for nothing.
    public static func shape(of message: String) -> String {
        var shape = ""
        var isQuoted = false
        for scalar in message.unicodeScalars.prefix(160) {
            switch scalar {
            case "'", "\"": isQuoted.toggle()
            case "0"..."9": continue
            default: if !isQuoted { shape.unicodeScalars.append(scalar) }
            }
        }
        return shape
    }
}

/// A property that does not hold.
public struct Violation: Error, CustomStringConvertible {
    /// What should have been.
    public let description: String

    /// A property in words.
    public init(description: String) {
        self.description = description
    }
}

/// Throws a `Violation` that says `what` should have been, unless it is so.
public func demand(_ isSo: Bool, _ what: @autoclosure () -> String) throws {
    guard isSo else { throw Violation(description: what()) }
}

extension String {
    /// Whether it can stand in a line of a log: it neither breaks the line nor controls a terminal.
    public var isOneLine: Bool {
        unicodeScalars.allSatisfy { scalar in
            if scalar.isASCII { return scalar.value >= 0x20 && scalar.value != 0x7F }
            return switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
    }
}
