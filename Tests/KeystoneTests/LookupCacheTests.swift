import Testing

@testable import Keystone

@Suite struct LookupCacheTests {
    private var cache = LookupCache<String>(capacity: 3)

    @Test mutating func looksUpWhatIsWantedOnceAndAgainWhenItIsOld() {
        cache.want(["b", "a", ""], at: .zero)
        #expect(cache.next(at: .zero) == "a")
        #expect(cache.next(at: .zero) == "b")
        #expect(cache.next(at: .zero) == nil)
        cache.found("A", of: "a", validity: .seconds(60), at: .seconds(1))
        cache.found(nil, of: "b", validity: .seconds(10), at: .seconds(1))
        #expect(cache.values == ["a": "A"])
        #expect(cache.next(at: .seconds(10)) == nil)
        #expect(cache.next(at: .seconds(11)) == "b")
        cache.failed("b", at: .zero)
        #expect(cache.next(at: .seconds(61)) == "b")
        #expect(cache.next(at: .seconds(61)) == "a")
        #expect(cache.unchecked(of: ["a", "b"]).isEmpty)
    }

    @Test mutating func whatWasNeverLookedUpComesFirst() {
        cache.want(["a"], at: .zero)
        #expect(cache.next(at: .zero) == "a")
        cache.found("A", of: "a", validity: .zero, at: .zero)
        cache.want(["a", "z"], at: .seconds(9))
        #expect(cache.unchecked(of: ["a", "z", "q"]) == ["z"])
        #expect(cache.next(at: .seconds(9)) == "z")
        #expect(cache.next(at: .seconds(9)) == "a")
    }

    @Test mutating func revisionChangesWithTheContentOnly() {
        cache.want(["a"], at: .zero)
        cache.found("A", of: "a", validity: .zero, at: .zero)
        let revision = cache.revision
        cache.found("A", of: "a", validity: nil, at: .seconds(1))
        cache.want(["a", "b"], at: .seconds(1))
        cache.found(nil, of: "b", validity: nil, at: .seconds(1))
        #expect(cache.revision == revision)
        cache.found("B", of: "a", validity: nil, at: .seconds(2))
        #expect(cache.revision == revision + 1)
        #expect(cache.next(at: .seconds(1_000_000)) == nil)
    }

    @Test mutating func isBoundedByWhatWasWantedLast() {
        for (index, id) in ["a", "b", "c"].enumerated() {
            cache.want([id], at: .seconds(index))
            cache.found(id, of: id, validity: nil, at: .seconds(index))
        }
        cache.want(["a", "d"], at: .seconds(9))
        #expect(cache.values == ["a": "a", "c": "c"])
        cache.want(["1", "2", "3", "4", "5"], at: .seconds(10))
        var found: [String] = []
        while let id = cache.next(at: .seconds(10)) { found.append(id) }
        #expect(found == ["1", "2", "3"])
    }

    @Test mutating func whatIsNoLongerWantedIsNotLookedUp() {
        cache.want(["a"], at: .zero)
        cache.want(["b"], at: .zero)
        #expect(cache.next(at: .seconds(9)) == "b")
        #expect(cache.next(at: .seconds(9)) == nil)
    }

    /// What fails each time must not keep the others from their turn.
    @Test func whatFailsGoesBehindAllOthers() {
        var cache = LookupCache<String>(capacity: 10)
        cache.want(["a", "b", "c"], at: .zero)
        let first = cache.next(at: .zero)
        #expect(first == "a")
        cache.failed("a", at: .seconds(1))
        #expect(cache.next(at: .seconds(1)) == "b")
        cache.failed("b", at: .seconds(2))
        #expect(cache.next(at: .seconds(2)) == "c")
        cache.found("C", of: "c", validity: .seconds(60), at: .seconds(3))
        #expect(cache.next(at: .seconds(3)) == "a")
        cache.failed("a", at: .seconds(4))
        #expect(cache.next(at: .seconds(4)) == "b")
        #expect(cache.unchecked(of: ["a", "b", "c"]) == ["a", "b"])
    }

    /// Instances come and go for months: what is not wanted any more takes no memory.
    @Test mutating func whatIsNotWantedForAnHourIsForgotten() {
        cache.want(["a", "b"], at: .zero)
        cache.found("A", of: "a", validity: nil, at: .zero)
        cache.found("B", of: "b", validity: nil, at: .zero)
        cache.want(["b"], at: .seconds(1800))
        cache.want(["b"], at: .seconds(3599))
        #expect(cache.values == ["a": "A", "b": "B"])
        let revision = cache.revision
        cache.want(["b"], at: .seconds(3600))
        #expect(cache.values == ["b": "B"])
        #expect(cache.revision > revision)
        cache.want(["a", "b"], at: .seconds(3601))
        #expect(cache.unchecked(of: ["a", "b"]) == ["a"])
    }

    /// A look-up that takes longer than that still has its answer heard.
    @Test mutating func whatIsUnderWayIsNotForgotten() {
        cache.want(["a"], at: .zero)
        #expect(cache.next(at: .zero) == "a")
        cache.want(["b"], at: .seconds(3600))
        cache.found("A", of: "a", validity: nil, at: .seconds(3601))
        #expect(cache.values == ["a": "A"])
        cache.want(["b"], at: .seconds(3602))
        #expect(cache.values.isEmpty)
    }
}
