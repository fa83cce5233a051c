/// The lines of a UTF-8 text, one after the other and without their ends. Ends are `\n`, `\r\n` and `\r`, as for
/// Python's `open()`; a byte order mark at the start is skipped, which oslo.config would take for a part of line 1.
struct TextLines: Sequence, IteratorProtocol {
    /// One line, as far as it could be decoded.
    struct Line {
        /// From 1.
        let number: Int
        /// Its characters up to the first fault; the index of one is its column less 1.
        let scalars: [Unicode.Scalar]
        /// Why it could not be decoded.
        let fault: Fault?
    }

    /// What keeps bytes from being text.
    enum Fault {
        /// A NUL: the file is binary. No line follows.
        case nul
        /// UTF-16: no line follows.
        case utf16
        /// Not UTF-8; the rest of the line is skipped.
        case encoding
    }

    private let bytes: [UInt8]
    private var position: Int
    private var number = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        self.position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    mutating func next() -> Line? {
        guard position < bytes.count else { return nil }
        number += 1
        if number == 1, bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            return last(.utf16, after: [])
        }
        let end = bytes[position...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.endIndex
        var source = bytes[position..<end].makeIterator()
        var scalars: [Unicode.Scalar] = []
        var decoder = UTF8()
        decoding: while true {
            switch decoder.decode(&source) {
            case .scalarValue("\0"): return last(.nul, after: scalars)
            case .scalarValue(let scalar): scalars.append(scalar)
            case .error:
                skip(to: end)
                return Line(number: number, scalars: scalars, fault: .encoding)
            case .emptyInput: break decoding
            }
        }
        skip(to: end)
        return Line(number: number, scalars: scalars, fault: nil)
    }

    private mutating func last(_ fault: Fault, after scalars: [Unicode.Scalar]) -> Line {
        position = bytes.endIndex
        return Line(number: number, scalars: scalars, fault: fault)
    }

    /// Goes behind the line's end.
    private mutating func skip(to end: Int) {
        let isPair = end + 1 < bytes.count && bytes[end] == 0x0D && bytes[end + 1] == 0x0A
        position = end + (isPair ? 2 : 1)
    }
}
