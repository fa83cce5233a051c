import GRDB

extension Row {
    /// A column's value. Throws `DatabaseError` if it is of another type or there is no such column, where GRDB's
    /// subscript would trap: the file may be damaged, and its schema is in it.
    func value<Value: DatabaseValueConvertible>(_ column: String) throws -> Value {
        guard let stored = self[column] as DatabaseValue?, let value = Value.fromDatabaseValue(stored) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "\(column) is no \(Value.self)")
        }
        return value
    }
}
