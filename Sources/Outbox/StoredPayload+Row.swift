import FoundationEssentials
import GRDB
import Telemetry

extension StoredPayload {
    /// Reads a row of `payload`. Throws `DatabaseError` if a value is none that was ever written.
    init(row: Row) throws {
        self.init(id: try row.value("id"), position: try row.value("position"), payload: try Payload(row: row))
    }
}

extension Payload {
    /// Reads a row of `payload` or `quarantine`. Throws `DatabaseError` if a value is none that was ever written.
    init(row: Row) throws {
        let body: Data = try row.value("body")
        self.init(
            body: [UInt8](body), samples: try row.value("samples"),
            first: Timestamp(microseconds: try row.value("first")),
            last: Timestamp(microseconds: try row.value("last")))
    }
}
