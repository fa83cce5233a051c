import Testing

@testable import Transfer

struct RetryAfterTests {
    /// date -u -d '1994-11-06 08:49:37' +%s
    private static let present: Int64 = 784_111_777

    @Test(arguments: [
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    ])
    func threeFormsOfOneMoment(_ text: String) {
        #expect(HTTPDate(text, now: Self.present)?.seconds == Self.present)
    }

    @Test(arguments: [
        ("Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_800), ("Thu, 29 Feb 2024 00:00:00 GMT", 1_709_164_800),
        ("Tuesday, 01-Jan-80 00:00:00 GMT", 315_532_800), ("Wednesday, 01-Jan-70 00:00:00 GMT", 3_155_760_000),
    ])
    func dates(_ text: String, _ seconds: Int64) {
        #expect(HTTPDate(text, now: 1_763_834_400)?.seconds == seconds)
    }

    @Test(arguments: [
        "", "soon", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 31 Feb 1994 00:00:00 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 19940 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49 GMT", "Sun, +6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT extra",
    ])
    func noDates(_ text: String) {
        #expect(HTTPDate(text, now: Self.present) == nil)
    }

    @Test(arguments: [
        ("0", 0), ("120", 120), ("Sun, 06 Nov 1994 08:50:37 GMT", 60), ("Sun, 06 Nov 1994 08:49:00 GMT", 0),
        ("999999999999999999999999", 86_400), ("Sun, 06 Nov 2094 08:49:37 GMT", 86_400),
    ])
    func wish(_ value: String, _ seconds: Int) {
        let response = TransferResponse(status: 503, headers: [TransferHeader("retry-after", value)])
        #expect(response.retryAfter(now: Self.present) == .seconds(seconds))
    }

    @Test(arguments: ["-1", "1.5", "soon", "", "5 s"])
    func noWish(_ value: String) {
        let response = TransferResponse(status: 503, headers: [TransferHeader("Retry-After", value)])
        #expect(response.retryAfter(now: Self.present) == nil)
    }

    @Test func dateCountsFromTheServersClock() {
        let headers = [
            TransferHeader("Retry-After", "Sun, 06 Nov 1994 08:50:37 GMT"),
            TransferHeader("Date", "Sun, 06 Nov 1994 08:50:07 GMT"),
        ]
        let response = TransferResponse(status: 503, headers: headers)
        #expect(response.retryAfter(now: Self.present) == .seconds(30))
        #expect(TransferResponse(status: 503).retryAfter(now: Self.present) == nil)
    }

    /// A proxy may leave out `Date`: a date is then seen from this host's clock, not from 1970.
    @Test func aDateWithoutTheServersClock() throws {
        let date = TransferHeader("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(TransferResponse(status: 503, headers: [date]).retryAfter() == .zero)
        let old = TransferHeader("Date", "Wednesday, 02-Dec-26 10:00:00 GMT")
        #expect(TransferResponse(status: 200, headers: [old]).serviceTime == 1_796_205_600)
    }
}
