import Glibc
import Synchronization

/// Memory that the C library keeps after it was freed.
///
/// glibc's malloc.h is not in Swift's `Glibc`, and a module of our own with it does not go together with the ICU headers
/// that libxml2 and Foundation bring along; so the functions are looked up by their names, and may be missing.
public enum SpareMemory {
    /// Has all threads allocate from one arena. To be called before there are many threads. With an arena for each, each
    /// keeps what its part of a poll took at most: 10 MB more for 500 instances. Polls are no race for the allocator.
    public static func shareOneArena() {
        typealias Option = @convention(c) (CInt, CInt) -> CInt
        // M_ARENA_MAX (mallopt(3)).
        if let mallopt = function("mallopt", as: Option.self) { _ = mallopt(-8, 1) }
    }

    /// Notes a poll of so many samples: what it took is worth giving back. What a small one takes is not worth the page
    /// faults of the next, unless it ends what the start needed.
    static func note(samples: Int, isStarting: Bool) {
        if isStarting || samples >= worthwhile { isSpare.store(true, ordering: .relaxed) }
    }

    /// Gives what is free back to the system, if it is worth it since the last time.
    static func giveBack() {
        if isSpare.exchange(false, ordering: .relaxed) { _ = trim?(0) }
    }

    private static let isSpare = Atomic(false)

    /// About 60 kB of JSON: a dozen instances with the meters of memory.
    private static let worthwhile = 50

    private static let trim = function("malloc_trim", as: (@convention(c) (Int) -> CInt).self)

    private static func function<Function>(_ name: String, as type: Function.Type) -> Function? {
        dlsym(nil, name).map { unsafeBitCast($0, to: type) }
    }
}
