/// Gets a file with duplicate keys past the parser, which refuses them one at a time and names one place of each.
///
/// The first letter of a key that stands twice is replaced by one of no meaning, so that nothing moves; the reader puts
/// it back, and so sees both keys with their places.
struct YAMLDuplicates {
    /// The text to parse.
    private(set) var text: String
    private var originals: [Unicode.Scalar: Unicode.Scalar] = [:]
    private var unused: [Unicode.Scalar]
    /// Stands for `*` where aliases are looked for; not in the text.
    let standIn: Unicode.Scalar

    /// How many duplicates are looked for, and in how many bytes of text altogether: each costs another pass.
    private static let limit = 16
    private var budget = 1 << 20

    /// `nil` if the text has nearly every letter that has no meaning, and so is no configuration.
    init?(_ text: String) {
        var used: Set<Unicode.Scalar> = []
        for scalar in text.unicodeScalars where scalar.value >= 0xE000 { used.insert(scalar) }
        unused = (0xE000...0xF8FF as ClosedRange<UInt32>).lazy.compactMap { Unicode.Scalar($0) }
            .filter { !used.contains($0) }.prefix(Self.limit + 1).map { $0 }
        guard unused.count == Self.limit + 1 else { return nil }
        standIn = unused.removeLast()
        self.text = text
    }

    /// Makes the key at that place, which was `name`, another one. False if it cannot be done.
    mutating func rename(_ name: String, line: Int, column: Int) -> Bool {
        budget -= text.utf8.count
        guard budget >= 0, let first = name.unicodeScalars.first, let letter = unused.popLast(),
            var index = text.unicodeScalars.index(ofLine: line, column: column)
        else { return false }
        var scalars = text.unicodeScalars
        if scalars[index] == "\"" || scalars[index] == "'" { scalars.formIndex(after: &index) }
        guard index < scalars.endIndex, scalars[index] == first || scalars[index] == "*" && first == standIn else {
            return false
        }
        originals[letter] = scalars[index]
        scalars.replaceSubrange(index...index, with: CollectionOfOne(letter))
        text = String(scalars)
        return true
    }

    /// The key as it stands in the file.
    func original(of key: String) -> String {
        guard !originals.isEmpty, let first = key.unicodeScalars.first, let original = originals[first] else {
            return key
        }
        return String(original) + String(String.UnicodeScalarView(key.unicodeScalars.dropFirst()))
    }
}

extension String.UnicodeScalarView {
    /// The place of a mark, with lines counted as libyaml counts them. A mark's column counts scalars.
    fileprivate func index(ofLine line: Int, column: Int) -> Index? {
        var index = startIndex
        var current = 1
        while current < line {
            guard index < endIndex else { return nil }
            let scalar = self[index]
            formIndex(after: &index)
            switch scalar {
            case "\r":
                if index < endIndex, self[index] == "\n" { formIndex(after: &index) }
                current += 1
            case "\n", "\u{85}", "\u{2028}", "\u{2029}": current += 1
            default: break
            }
        }
        guard let found = self.index(index, offsetBy: column - 1, limitedBy: endIndex), found < endIndex else {
            return nil
        }
        return found
    }
}
