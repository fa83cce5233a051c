/// Finds what a misspelt word was probably meant to be, for the errors and warnings of whoever reads a file or a URL.
///
/// A hint tells nearly all of the word: there must be none for what may be a secret.
public enum NearMiss {
    /// The one of `candidates` that is nearest to `word`; `nil` if none is near enough to be meant.
    ///
    /// Letter case and `-` for `_` count for nothing. Otherwise as many letters may be missing, added, replaced or
    /// swapped with their neighbours as make a third of the word, at most 3. Of equally near ones, the first by name. The
    /// word itself is never the answer.
    public static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        let folded = fold(word)
        let tolerance = min(3, folded.count / 3)
        return candidates.sorted()
            .compactMap { candidate -> (candidate: String, distance: Int)? in
                let other = fold(candidate)
                guard candidate != word, abs(other.count - folded.count) <= tolerance else { return nil }
                let distance = self.distance(folded, other)
                return distance <= tolerance ? (candidate, distance) : nil
            }
            .min { $0.distance < $1.distance }?
            .candidate
    }

    /// The end of a message that says that `word` is unknown: `; did you mean X?` with the nearest candidate, or nothing
    /// if none is near enough.
    public static func hint(for word: String, among candidates: some Sequence<String>) -> String {
        nearest(to: word, among: candidates).map { "; did you mean \(shown($0))?" } ?? ""
    }

    /// A name as it is; one that a file holds and that is more than a line, as messages quote it.
    private static func shown(_ name: String) -> String {
        let excerpt = name.excerpt
        return excerpt == "'\(name)'" ? name : excerpt
    }

    private static func fold(_ word: String) -> [Unicode.Scalar] {
        word.lowercased().unicodeScalars.map { $0 == "-" ? "_" : $0 }
    }

    /// How many insertions, deletions, replacements and swaps of neighbours lead from one to the other ("optimal string
    /// alignment").
    private static func distance(_ one: [Unicode.Scalar], _ other: [Unicode.Scalar]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...other.count)
        for i in one.indices {
            var row = [i + 1]
            for j in other.indices {
                var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (one[i] == other[j] ? 0 : 1))
                if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] {
                    cost = min(cost, beforeLast[j - 1] + 1)
                }
                row.append(cost)
            }
            beforeLast = last
            last = row
        }
        return last[other.count]
    }
}
