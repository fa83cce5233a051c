/// What a `test://` publisher's URL says: nothing but its name, as in Ceilometer (`ceilometer.publisher.test`).
struct TestParameters: Sendable, Hashable {
    /// Names the queue; see `Publisher.identity`.
    let identity: String

    init(_ reader: inout ParameterReader) {
        identity = reader.url.description
    }
}
