import FoundationEssentials

/// The frames of a database's write-ahead log (sqlite.org/fileformat2.html, "The Write-Ahead Log").
///
/// SQLite reads a log up to the first frame that is not sound, for what is behind it may be a transaction that a power
/// cut left half-written. If whole transactions are behind it, or the index beside the log says that there were more, it
/// was not that: the log was damaged, and SQLite would drop them in silence.
struct WriteAheadLog {
    /// A log that was damaged.
    struct Damage: Error, CustomStringConvertible {
        let description: String
    }

    private struct Frame {
        let page: Int
        /// How many pages the database has since that transaction; 0 if it is not its last frame.
        let pageCount: Int
        let content: Range<Int>
        let isSound: Bool
        var isCommit: Bool { pageCount > 0 }
    }

    private let bytes: [UInt8]
    private let pageSize: Int
    private let isHeaderSound: Bool
    /// How many frames there were when the last transaction was committed, as the index has it; 0 if it does not say.
    private let committed: Int
    private var frames: [Frame] = []
    /// Where the newest frame of each page is.
    private var newest: [Int: Range<Int>] = [:]

    /// What is wrong with a database's log; `nil` if nothing is, or there is none. Blocks.
    static func damage(of database: String) -> Damage? {
        guard let log = WriteAheadLog(database: database), let place = log.damage else { return nil }
        let count = max(log.frames.count, log.committed)
        let what = place == 0 && !log.isHeaderSound ? "the header" : "frame \(place + 1) of \(count)"
        return Damage(description: "the write-ahead log is damaged: \(what) is not what was written")
    }

    /// A database's log with everything that it still has of whole transactions, also what is behind a damaged frame;
    /// `nil` if that is nothing, or of pages of another size. Blocks.
    static func log(of database: String, pageSize: Int) -> WriteAheadLog? {
        guard var log = WriteAheadLog(database: database), log.pageSize == pageSize, let last = log.lastCommit else {
            return nil
        }
        for frame in log.frames[...last] where frame.isSound { log.newest[frame.page] = frame.content }
        return log
    }

    /// A page as the newest transaction left it; `nil` if it is not in the log.
    func page(_ number: Int) -> [UInt8]? { newest[number].map { Array(bytes[$0]) } }

    /// The last page that is in the log.
    var lastPage: Int { newest.keys.max() ?? 0 }

    /// How many pages the database has since the newest transaction.
    var pageCount: Int { lastCommit.map { frames[$0].pageCount } ?? 0 }

    private static func read(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: path)))
    }
}

extension WriteAheadLog {
    /// Reads a database's log; `nil` if there is none with a frame.
    private init?(database: String) {
        let path = database + "-wal"
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let bytes: [UInt8]
        do { bytes = try Self.read(path) } catch { return nil }
        guard bytes.count > 32 + 24 else { return nil }
        func word(_ offset: Int) -> UInt32 { Self.word(bytes, offset, isBigEndian: true) }
        let isBigEndian = word(0) == 0x377F_0683
        let header = Self.checksum(bytes, [0..<24], from: (0, 0), isBigEndian: isBigEndian)
        let isHeaderSound = word(0) & ~1 == 0x377F_0682 && header == (word(24), word(28))
        // A header that is damaged is not believed; every database of ours has pages of that size.
        let claimed = Int(word(8))
        let pageSize = isHeaderSound && (512...65_536).contains(claimed) ? claimed : 4096
        self.bytes = bytes
        self.isHeaderSound = isHeaderSound
        self.pageSize = pageSize
        let salts = isHeaderSound ? (word(16), word(20)) : (word(32 + 8), word(32 + 12))
        committed = Self.committed(of: database, salts: salts)
        var previous = isHeaderSound ? header : (0, 0)
        var offset = 32
        while offset + 24 + pageSize <= bytes.count {
            let content = offset + 24..<offset + 24 + pageSize
            let stored = (word(offset + 16), word(offset + 20))
            // From the frame before as it stands there, so that one bad frame does not make all others bad.
            let sum = Self.checksum(bytes, [offset..<offset + 8, content], from: previous, isBigEndian: isBigEndian)
            let isSound = (word(offset + 8), word(offset + 12)) == salts && sum == stored && word(offset) > 0
            frames.append(
                Frame(
                    page: Int(word(offset)), pageCount: Int(word(offset + 4)), content: content, isSound: isSound))
            previous = stored
            offset = content.upperBound
        }
    }

    private var lastCommit: Int? { frames.lastIndex { $0.isSound && $0.isCommit } }

    /// The first frame that is not sound though a whole transaction is, or was, behind it; 0 if the header is not.
    private var damage: Int? {
        if let lastCommit {
            if !isHeaderSound { return 0 }
            if let hole = frames[..<lastCommit].firstIndex(where: { !$0.isSound }) { return hole }
        }
        let whole = frames.firstIndex { !$0.isSound } ?? frames.count
        return whole < committed ? whole : nil
    }

    /// The number of frames that the index (the file `-shm`) has, if it is this log's. It is written after the frames
    /// were synced; a process that dies leaves it behind.
    private static func committed(of database: String, salts: (UInt32, UInt32)) -> Int {
        let index: [UInt8]
        do { index = try read(database + "-shm") } catch { return 0 }
        // Two copies of the header, in the byte order of the machine.
        guard index.count >= 96, index[0..<48] == index[48..<96], index[12] == 1 else { return 0 }
        func word(_ offset: Int) -> UInt32 { Self.word(index, offset, isBigEndian: false) }
        guard (word(32).byteSwapped, word(36).byteSwapped) == salts else { return 0 }
        return Int(word(16))
    }

    private static func word(_ bytes: [UInt8], _ offset: Int, isBigEndian: Bool) -> UInt32 {
        let word = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
        return isBigEndian ? UInt32(bigEndian: word) : UInt32(littleEndian: word)
    }

    private static func checksum(
        _ bytes: [UInt8], _ ranges: [Range<Int>], from start: (UInt32, UInt32), isBigEndian: Bool
    ) -> (UInt32, UInt32) {
        var (first, second) = start
        for range in ranges {
            for offset in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
                first &+= word(bytes, offset, isBigEndian: isBigEndian) &+ second
                second &+= word(bytes, offset + 4, isBigEndian: isBigEndian) &+ first
            }
        }
        return (first, second)
    }
}
