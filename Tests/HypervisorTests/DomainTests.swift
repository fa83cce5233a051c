import Fuzzing
import Testing

@testable import Hypervisor

/// A description comes back as it was put in, whatever it was compressed by.
@Suite struct DomainTests {
    @Test(arguments: 0..<6) func descriptionsComeBack(seed: Int) {
        var random = SplitMix(seed: seed)
        let tags = [
            "<domain type='kvm'>", "<name>", "</name>", "\u{1F388}", "<uuid>6e7c", "0", "7", "f", "\n  ", "\u{0}",
        ]
        func text(_ length: Int) -> String {
            (0..<length).map { _ in tags[Int.random(in: 0..<tags.count, using: &random)] }.joined()
        }
        for length in [0, 1, 2, 50, 2000, 40_000] {
            let xml = text(length)
            for model in [nil, "", "<domain", xml, xml + text(20), text(length), text(30_000)] {
                let domain = Domain(
                    uuid: "a", name: "n", id: 1, xml: xml, like: model.map { DescriptionModel($0) })
                #expect(domain.xml == xml, "\(length) like \(model?.utf8.count ?? -1)")
            }
        }
    }

    @Test func whatIsLikeItsModelTakesLittle() {
        let xml = (0..<100).map { "<disk><target dev='vd\($0 * 7919 % 1000)'/></disk>" }.joined()
        let other = xml.replacing("vd0'", with: "sda'")
        let alone = Domain(uuid: "a", name: "n", id: 1, xml: other)
        let alike = Domain(uuid: "a", name: "n", id: 1, xml: other, like: DescriptionModel(xml))
        #expect(alike.description.count * 4 < alone.description.count)
    }
}
