/// Figures for people.
public enum PlainFigure {
    /// A time in its two largest units: "2 h 13 min", "45 s".
    public static func duration(seconds: Double) -> String {
        guard seconds.isFinite, seconds < 365 * 86_400 else { return "over a year" }
        let total = Int(max(0, seconds))
        let units = [("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)]
        guard let first = units.firstIndex(where: { total >= $0.1 }) else { return "0 s" }
        let (name, size) = units[first]
        let head = "\(total / size) \(name)"
        guard first + 1 < units.count else { return head }
        let rest = total % size / units[first + 1].1
        return rest == 0 ? head : "\(head) \(rest) \(units[first + 1].0)"
    }

    /// A number of bytes in powers of 1024: "1.2 MiB", "512 B".
    public static func bytes(_ count: Int) -> String {
        guard count >= 1024 else { return "\(count) B" }
        var value = Double(count)
        var index = 0
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        while value >= 1023.95, index + 1 < units.count {
            value /= 1024
            index += 1
        }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(units[index])"
    }
}
