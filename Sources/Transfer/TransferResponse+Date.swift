extension TransferResponse {
    /// The server's clock when it answered (`Date`, RFC 9110, section 6.6.1), in seconds since 1970-01-01T00:00:00Z;
    /// `nil` if it did not tell.
    public var serviceTime: Int64? { header("Date").flatMap { HTTPDate($0, now: Self.present) }?.seconds }
}
