import FoundationEssentials
import GRDB
import Telemetry

extension PackedPayload {
    /// Reads a row of `payload` or `quarantine`. Throws `DatabaseError` if a value is none that was ever written.
    init(row: Row) throws {
        let body: Data = try row.value("body")
        self.init(
            frame: [UInt8](body), samples: try row.value("samples"),
            first: Timestamp(microseconds: try row.value("first")),
            last: Timestamp(microseconds: try row.value("last")))
    }
}

extension StoredPayload {
    /// Reads a row of `payload`. Throws `DatabaseError` if a value is none that was ever written.
    init(row: Row) throws {
        self.init(id: try row.value("id"), position: try row.value("position"), packed: try PackedPayload(row: row))
    }
}
