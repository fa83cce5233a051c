extension String {
    /// Text of scalars from everywhere that JSON encoders get wrong: controls, quotes, Latin, the BMP's end, and planes
    /// that UTF-16 says in surrogates.
    public static func random(_ random: inout SplitMix, upTo length: Int = 12) -> String {
        let ranges: [ClosedRange<UInt32>] = [
            0x00...0x1F, 0x20...0x7F, 0x22...0x22, 0x5C...0x5C, 0x7F...0xFF, 0x2028...0x2029, 0x300...0x36F,
            0xD700...0xD7FF, 0xE000...0xFFFF, 0x1_0000...0x1_FFFF, 0x10_FF00...0x10_FFFF,
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...length, using: &random) {
            let range = ranges[Int.random(in: 0..<ranges.count, using: &random)]
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &random)) { text.append(scalar) }
        }
        return String(text)
    }
}
