import Testing

@testable import Configuration

@Suite struct OptionNearMissTests {
    private let names = ["host", "libvirt_type", "libvirt_uri", "state_path", "debug", "DEFAULT"]

    @Test(arguments: [
        ("libvirt_typ", "libvirt_type"), ("libvirt-uri", "libvirt_uri"), ("hots", "host"), ("Debug", "debug"),
        ("dbeug", "debug"), ("statepath", "state_path"), ("default", "DEFAULT"), (" DEFAULT ", "DEFAULT"),
        ("livbirt_uir", "libvirt_uri"),
    ])
    func aSlipIsRecognised(word: String, meant: String) {
        #expect(NearMiss.nearest(to: word, among: names) == meant)
    }

    @Test(arguments: ["", "x", "hxsx", "connection", "verbose", "libvirt", "host"])
    func whatIsFarOrRightHasNoHint(word: String) {
        #expect(NearMiss.nearest(to: word, among: names) == nil)
    }

    @Test func theNearestWinsThenTheFirstByName() {
        #expect(NearMiss.nearest(to: "abcd", among: ["abdd", "abcde", "abce"]) == "abcde")
        #expect(NearMiss.nearest(to: "abcdef", among: ["abcxyf", "abcdeg"]) == "abcdeg")
    }

    /// A name stands in a file, and may be anything.
    @Test func aHintIsOneLine() {
        #expect(NearMiss.hint(for: "one", among: ["none"]) == "; did you mean none?")
        #expect(NearMiss.hint(for: "one", among: ["o\te"]) == "; did you mean 'o\\te'?")
    }
}
