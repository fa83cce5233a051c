import CZstd

/// Zstandard frames (RFC 8878) with a checksum of their content.
///
/// Samples repeat their metadata, and shrink to a thirtieth at well over a gigabyte a second: less than what it would
/// cost to write them to the disk as they are.
enum Zstandard {
    /// A frame that does not hold what was put into it.
    struct Damaged: Error, CustomStringConvertible {
        let description: String
    }

    private static let level: Int32 = 1
    /// A frame's header may claim any size.
    private static let longest = 1 << 30

    /// The bytes as a frame.
    static func compress(_ bytes: [UInt8]) -> [UInt8] {
        let context = ZSTD_createCCtx()
        defer { ZSTD_freeCCtx(context) }
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        let capacity = ZSTD_compressBound(bytes.count)
        return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            let size = bytes.withUnsafeBytes {
                ZSTD_compress2(context, buffer.baseAddress, capacity, $0.baseAddress, bytes.count)
            }
            // With room for the bound there is nothing to fail but the allocation of memory, as an array's.
            precondition(ZSTD_isError(size) == 0, String(cString: ZSTD_getErrorName(size)))
            count = size
        }
    }

    /// What a frame holds. Throws `Damaged` unless it is exactly what was compressed.
    static func decompress(_ frame: [UInt8]) throws(Damaged) -> [UInt8] {
        let size = frame.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, frame.count) }
        guard size <= longest else { throw Damaged(description: "no frame of a payload") }
        var failure: String?
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
            let written = frame.withUnsafeBytes {
                ZSTD_decompress(buffer.baseAddress, Int(size), $0.baseAddress, frame.count)
            }
            if ZSTD_isError(written) != 0 {
                failure = String(cString: ZSTD_getErrorName(written))
            } else {
                count = written
            }
        }
        if let failure { throw Damaged(description: failure) }
        return bytes
    }
}
