import Glibc

extension TransferResponse {
    /// How long the server wants to be left alone (`Retry-After`, RFC 9110, section 10.2.3): from seconds, or from a
    /// date as seen from the answer's `Date`, or without one from `now`, in seconds since 1970-01-01T00:00:00Z (by
    /// default this host's clock). Never negative, and at most a day, so that a
    /// typing error there does not silence us for good. `nil` if the field is absent or something else.
    public func retryAfter(now: Int64 = Self.present) -> Duration? {
        guard let value = header("Retry-After") else { return nil }
        let day: Int64 = 86_400
        if !value.isEmpty, value.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
            return .seconds(min(Int64(value) ?? day, day))
        }
        guard let date = HTTPDate(value, now: now) else { return nil }
        // The server's clock counts if it tells it: the date was made from it.
        let present = header("Date").flatMap { HTTPDate($0, now: now) }?.seconds ?? now
        return .seconds(min(max(0, date.seconds - present), day))
    }

    /// This host's clock, in seconds since 1970-01-01T00:00:00Z.
    public static var present: Int64 { Int64(time(nil)) }
}
