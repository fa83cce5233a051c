/// What bytes say as an HTTP/1 answer (RFC 9112), read without libcurl, to judge what libcurl made of them.
struct AnswerGrammar {
    /// The status of the first answer that is no interim one, if its header is there to the end.
    let finalStatus: Int?

    init(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while let head = Self.takeHead(&rest) {
            guard !Self.isInterim(head) else { continue }
            finalStatus = Self.status(head)
            return
        }
        finalStatus = nil
    }

    /// The lines up to the empty one; `nil` if there is none.
    private static func takeHead(_ rest: inout ArraySlice<UInt8>) -> [ArraySlice<UInt8>]? {
        var lines: [ArraySlice<UInt8>] = []
        while let end = rest.firstIndex(of: 0x0A) {
            var line = rest[rest.startIndex..<end]
            if line.last == 0x0D { line.removeLast() }
            rest = rest[(end + 1)...]
            if line.isEmpty { return lines }
            lines.append(line)
        }
        return nil
    }

    /// An interim answer says nothing, however badly.
    private static func isInterim(_ head: [ArraySlice<UInt8>]) -> Bool {
        guard let line = head.first, line.starts(with: "HTTP/1.".utf8) else { return false }
        let words = line.split(separator: 0x20, maxSplits: 2)
        return words.count >= 2 && words[1].first == 0x31
    }

    private static func status(_ lines: [ArraySlice<UInt8>]) -> Int? { lines.first.flatMap(status) }

    /// `HTTP/1.x NNN …`
    private static func status(_ line: ArraySlice<UInt8>) -> Int? {
        guard line.starts(with: "HTTP/1.".utf8) else { return nil }
        let words = line.split(separator: 0x20, maxSplits: 2)
        guard words.count >= 2, words[1].count == 3, words[1].allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return words[1].reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
}
