import Testing

@testable import Keystone

@Suite struct TokenLifeTests {
    @Test func isRenewedFiveMinutesBeforeItsEnd() {
        let life = TokenLife(start: .seconds(100), lifetime: .seconds(3600))
        #expect(life.renewal == .seconds(3400))
        #expect(life.end == .seconds(3670))
    }

    @Test func aShortLifeIsUsedForMostOfIt() {
        let life = TokenLife(start: .zero, lifetime: .seconds(60))
        #expect(life.renewal == .seconds(45))
        #expect(life.end == .seconds(54))
    }

    /// The two times are both Keystone's: whatever our clock shows, their difference holds.
    @Test func lifetimeIsTheDifferenceOfKeystonesTimes() {
        #expect(
            TokenLife.lifetime(issuedAt: "2026-11-22T19:04:56.000000Z", expiresAt: "2026-11-22T20:04:56.000000Z")
                == .seconds(3600))
        #expect(TokenLife.lifetime(issuedAt: "2026-11-22T19:04:56Z", expiresAt: "2026-11-22T19:04:56Z") == nil)
        #expect(TokenLife.lifetime(issuedAt: "soon", expiresAt: "later") == nil)
    }
}
