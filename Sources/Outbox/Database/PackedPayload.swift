import Compression
import Telemetry

/// A payload as it waits: compressed, with a checksum.
struct PackedPayload: Sendable, Hashable {
    /// A Zstandard frame.
    let frame: [UInt8]
    let samples: Int
    let first: Timestamp
    let last: Timestamp

    init(_ payload: Payload, _ compressor: Zstandard.Compressor = Zstandard.Compressor()) {
        self.init(
            frame: compressor.compress(payload.body), samples: payload.samples, first: payload.first, last: payload.last
        )
    }

    init(frame: [UInt8], samples: Int, first: Timestamp, last: Timestamp) {
        self.frame = frame
        self.samples = samples
        self.first = first
        self.last = last
    }

    /// The payload. Throws `Zstandard.Damaged` if it is not what was packed.
    func unpacked() throws(Zstandard.Damaged) -> Payload {
        Payload(body: try Zstandard.decompress(frame), samples: samples, first: first, last: last)
    }
}
