import Telemetry

/// A row of one of the outbox's tables, told by its columns' types: the schema may be what is damaged.
struct TableRow {
    enum Table {
        case queue
        case payload
        case quarantine
        /// SQLite's own, with the last number that was used in each table.
        case sequence
    }

    let table: Table
    /// The row's number.
    let id: Int64
    private let cell: BTreePage.Cell
    private let columns: DatabaseRecord

    /// `nil` if it is a row of none of the tables.
    init?(_ cell: BTreePage.Cell, on page: [UInt8]) {
        guard let record = DatabaseRecord(page, local: cell.local, size: cell.size) else { return nil }
        var types = ""
        for column in record.columns {
            switch column {
            case .null: types += "-"
            case .integer: types += "i"
            case .real: types += "r"
            case .text: types += "t"
            case .blob: types += "b"
            }
        }
        switch types {
        case "-t": table = .queue
        case "-iriiiib", "-iiiiiib": table = .payload
        case "-iiiiiitb": table = .quarantine
        case "ti": table = .sequence
        default: return nil
        }
        id = cell.rowID
        self.cell = cell
        columns = record
    }

    /// The row of the queue that a payload is in.
    var queue: Int64? {
        switch table {
        case .payload, .quarantine: columns.integer(1)
        case .queue, .sequence: nil
        }
    }

    /// A queue's identity.
    func identity(_ file: DatabaseFile, on page: [UInt8]) -> String? {
        guard table == .queue, let record = file.record(of: cell, on: page) else { return nil }
        return columns.text(1, in: record)
    }

    /// The last number that was used for a payload.
    func newestPayload(on page: [UInt8]) -> Int64? {
        guard table == .sequence, columns.text(0, in: Array(page[cell.local])) == "payload" else { return nil }
        return columns.integer(1)
    }

    /// A payload with its place; `nil` if it is not what was written.
    func payload(_ file: DatabaseFile, on page: [UInt8]) -> (place: Rescued.Place, packed: PackedPayload)? {
        switch table {
        case .payload:
            guard let position = columns.real(2), let packed = packed(file, page, first: 3) else { return nil }
            return (.queue(id: id, position: position), packed)
        case .quarantine:
            guard let at = columns.integer(2), let record = file.record(of: cell, on: page),
                let reason = columns.text(7, in: record), let packed = packed(file, page, first: 3)
            else { return nil }
            return (.quarantine(id: id, at: Timestamp(microseconds: at), reason: reason), packed)
        case .queue, .sequence: return nil
        }
    }

    /// Columns (first, last, samples, size, …, body) from that one on.
    private func packed(_ file: DatabaseFile, _ page: [UInt8], first: Int) -> PackedPayload? {
        guard let from = columns.integer(first), let to = columns.integer(first + 1),
            let samples = columns.integer(first + 2), let size = columns.integer(first + 3),
            let body = columns.blob(columns.columns.count - 1), Int64(body.count) == size,
            let record = file.record(of: cell, on: page), body.upperBound <= record.count
        else { return nil }
        let packed = PackedPayload(
            frame: Array(record[body]), samples: Int(max(0, min(samples, PayloadStore.lastID))),
            first: Timestamp(microseconds: from), last: Timestamp(microseconds: to))
        // A payload whose bytes have changed is not to be sent.
        do { _ = try packed.unpacked() } catch { return nil }
        return packed
    }
}
