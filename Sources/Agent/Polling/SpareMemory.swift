import CMalloc

/// Memory that the C library keeps after it was freed.
public enum SpareMemory {
    /// Has all threads allocate from one arena. To be called before there are threads. With an arena for each, each keeps
    /// what its part of a poll took at most: 10 MB more for 500 instances. Polls are no race for the allocator.
    public static func shareOneArena() {
        mallopt(M_ARENA_MAX, 1)
    }

    /// Gives what is free back to the system, after a poll of so many samples. A small one is not worth the page faults of
    /// the next.
    static func giveBack(after samples: Int) {
        if samples >= worthwhile { malloc_trim(0) }
    }

    /// From about 3 MB of JSON on.
    private static let worthwhile = 2000
}
