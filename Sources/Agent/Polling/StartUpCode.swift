import Glibc

/// Pages of code that the start needed, and polls do not: arguments, configuration, the first use of types, libraries that
/// make themselves ready; later also what an outage or the status page needed.
enum StartUpCode {
    /// Takes pages of code, which nobody can have written, out of this process. They stay in the page cache, and
    /// what is used again is mapped again at once (madvise(2), MADV_DONTNEED: "repopulating the memory contents from the
    /// up-to-date contents of the underlying mapped file"). Where that cannot be done, they stay.
    static func forget() {
        for pages in unwritablePages() {
            // A page that was written after all, as by a debugger's breakpoint, would come back as it is in the file.
            _ = madvise(pages.start, pages.count, MADV_DONTNEED)
        }
    }

    /// The mappings of code, the executable's and the libraries', and the one of the executable's beginning if it is mapped
    /// for reading alone: a linker may put tables there. Other mappings for reading alone were written once, when they were
    /// relocated; code is not, as it may not be written and executed.
    static func unwritablePages() -> [(start: UnsafeMutableRawPointer, count: Int)] {
        guard let executable = executablePath(), let maps = fopen("/proc/self/maps", "re") else { return [] }
        defer { fclose(maps) }
        var found: [(start: UnsafeMutableRawPointer, count: Int)] = []
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, maps) > 0, let line {
            // proc_pid_maps(5), with the newline: "55d0c0a00000-55d0c0a5c000 r-xp 00000000 fe:01 1234   /usr/bin/aerostat"
            let fields = String(cString: line).split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            guard fields.count == 6 else { continue }
            let file = fields[5].drop { $0 == " " }.dropLast()
            let isCode = fields[1] == "r-xp" && file.hasPrefix("/")
            let isBeginning = fields[1] == "r--p" && UInt64(fields[2], radix: 16) == 0 && file == executable
            guard isCode || isBeginning else { continue }
            let range = fields[0].split(separator: "-").compactMap { UInt(String($0), radix: 16) }
            guard range.count == 2, range[0] < range[1], let start = UnsafeMutableRawPointer(bitPattern: range[0])
            else { continue }
            found.append((start, Int(range[1] - range[0])))
        }
        return found
    }

    /// As the kernel names it in maps, which is as /proc/self/exe names it.
    private static func executablePath() -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            guard let path = buffer.baseAddress else { return nil }
            let count = readlink("/proc/self/exe", path, buffer.count - 1)
            guard count > 0, count < buffer.count - 1 else { return nil }
            path[count] = 0
            return String(cString: path)
        }
    }
}
