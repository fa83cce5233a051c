import GRDB

extension Database {
    /// Throws `SQLITE_MISUSE` if the database was closed. Must come first in everything that may run then: SQLite does
    /// not look at the handle that GRDB gives it, which is a null pointer.
    func requireOpen() throws {
        guard sqliteConnection != nil else {
            throw DatabaseError(resultCode: .SQLITE_MISUSE, message: "the database has been closed")
        }
    }

    /// Does something in a transaction, which is given up if it throws.
    func transaction<Value>(_ kind: TransactionKind, _ body: (Database) throws -> Value) throws -> Value {
        try requireOpen()
        var values: [Value] = []
        try inTransaction(kind) {
            values.append(try body(self))
            return .commit
        }
        return values[0]
    }
}
