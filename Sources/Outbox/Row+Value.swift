import GRDB

extension Row {
    /// A column's value. Throws `DatabaseError` if it is of another type, where GRDB's subscript would trap: the file may
    /// be damaged.
    func value<Value: DatabaseValueConvertible>(_ column: String) throws -> Value {
        guard let value = Value.fromDatabaseValue(self[column]) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "\(column) is no \(Value.self)")
        }
        return value
    }
}
