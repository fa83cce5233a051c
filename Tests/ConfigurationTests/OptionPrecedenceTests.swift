import Testing

@testable import Configuration

@Suite struct OptionPrecedenceTests {
    private func load(
        _ sources: [SettingsRequest.Source], _ files: [String: String], _ variables: [String: String] = [:]
    ) -> Settings.Loaded {
        Settings.load(SettingsRequest(sources: sources, environment: .test(variables)), files: MemoryFiles(files))
    }

    private func source(_ value: String) -> String { "[DEFAULT]\nsample_source = \(value)\n" }

    @Test func theCommandLinesOrderDecides() {
        let files = ["a.conf": source("a"), "d/1.conf": source("d"), "b.conf": source("b")]
        let last = { (sources: [SettingsRequest.Source]) in self.load(sources, files).settings?.sampleSource }
        #expect(last([.file("a.conf"), .file("b.conf")]) == "b")
        #expect(last([.file("b.conf"), .file("a.conf")]) == "a")
        #expect(last([.file("a.conf"), .directory("d")]) == "d")
        #expect(last([.directory("d"), .file("a.conf")]) == "a")
    }

    @Test func aDirectorysFilesAreReadByName() {
        let files = [
            "d/10.conf": source("10"), "d/9.conf": source("9"), "d/a.conf": "[aerostat]\nresync_interval = 99",
            "d/z.conf.bak": "no", "d/.hidden.conf": "no", "d/sub/x.conf": "no", "d/README": "no",
        ]
        let loaded = load([.directory("d")], files)
        #expect(loaded.told == [])
        #expect(loaded.files == ["d/10.conf", "d/9.conf", "d/a.conf"])
        #expect(loaded.settings?.sampleSource == "9")
        #expect(loaded.settings?.resyncInterval == .seconds(99))
    }

    @Test func optionsOfSeveralFilesAddUp() {
        let files = ["a": "[DEFAULT]\nhost = h\n[compute]\nstale_memory_stats = publish", "b": source("s")]
        let settings = load([.file("a"), .file("b")], files).settings
        #expect(settings?.host == "h")
        #expect(settings?.staleMemoryStats == .publish)
        #expect(settings?.sampleSource == "s")
    }

    @Test func theEnvironmentWinsOverFiles() {
        let loaded = load([.file("a")], ["a": source("a")], ["OS_DEFAULT__SAMPLE_SOURCE": "e", "OS_PASSWORD": "x"])
        #expect(loaded.told == [])
        #expect(loaded.settings?.sampleSource == "e")
    }

    @Test func anErrorInTheEnvironmentNamesTheVariable() {
        let loaded = load([.file("a")], ["a": ""], ["OS_AEROSTAT__LOG_LEVEL": "loud"])
        #expect(loaded.settings == nil)
        #expect(
            loaded.told.first?.hasPrefix(
                "error: environment variable OS_AEROSTAT__LOG_LEVEL: [aerostat] log_level: expected one of") == true)
    }

    @Test func theLastOfSeveralInAFileWinsWithAWarning() {
        let loaded = load([.file("a")], ["a": source("1") + "[x]\n" + source("2")])
        #expect(loaded.settings?.sampleSource == "2")
        #expect(
            loaded.told.contains("a:5:17: warning: [DEFAULT] sample_source is set a second time; line 2 has no effect"))
        #expect(load([.file("a"), .file("a")], ["a": source("1")]).told == [])
    }

    @Test func defaultFilesAreThoseOfCeilometerPolling() {
        let files = [
            "/etc/ceilometer/ceilometer.conf": source("etc"), "/etc/ceilometer.conf": "no",
            "/home/u/ceilometer-polling.conf": "[DEFAULT]\nhost = polling", "/etc/ceilometer-polling.conf": "no",
            "/home/u/.ceilometer/ceilometer.conf.d/x.conf": "[DEFAULT]\nhost = dir",
        ]
        let loaded = load([], files)
        #expect(
            loaded.files == [
                "/etc/ceilometer/ceilometer.conf", "/home/u/ceilometer-polling.conf",
                "/home/u/.ceilometer/ceilometer.conf.d/x.conf",
            ])
        #expect(loaded.settings?.host == "dir")
        // A given file replaces the default files, not the default directories; and the other way round.
        #expect(load([.file("/f")], files.merging(["/f": ""]) { $1 }).files.count == 2)
        let directory = load([.directory("/d")], files.merging(["/d/f.conf": ""]) { $1 })
        #expect(directory.files == Array(loaded.files.prefix(2)) + ["/d/f.conf"])
    }

    @Test(arguments: [
        "/home/u/.ceilometer", "/home/u", "/etc/ceilometer", "/etc", "/common/etc/ceilometer", "/snap/etc/ceilometer",
    ])
    func standardPlacesAreOslos(directory: String) {
        let loaded = load(
            [], ["\(directory)/ceilometer.conf": source("found")], ["SNAP": "/snap", "SNAP_COMMON": "/common"])
        #expect(loaded.settings?.sampleSource == "found")
    }

    @Test func noFileAtAllIsOnlyWarnedAbout() {
        let loaded = load([], [:])
        #expect(loaded.settings?.sampleSource == "openstack")
        #expect(loaded.files == [])
        #expect(loaded.told.count == 1)
        #expect(loaded.told.first?.contains("/home/u/.ceilometer, /home/u, /etc/ceilometer, /etc:") == true)
    }

    @Test func whatIsNamedMustBeReadable() {
        var files = MemoryFiles(["d/x.conf": "", "secret": ""])
        files.unreadable = ["secret"]
        files.files["big"] = [UInt8](repeating: 0x0A, count: ConfigFiles.sizeLimit + 1)
        let sources: [SettingsRequest.Source] = [
            .file("gone"), .file("d"), .file("secret"), .file("big"), .directory("gone.d"), .directory("secret"),
        ]
        let loaded = Settings.load(SettingsRequest(sources: sources, environment: .test()), files: files)
        #expect(loaded.settings == nil)
        #expect(
            loaded.told == [
                "error: gone: there is no such file or directory",
                "error: d: it is a directory, a pipe or a device; expected a regular file",
                "error: secret: permission denied; let the agent's user read it",
                "error: big: it is larger than 16777216 bytes; expected a configuration file",
                "error: gone.d: there is no such file or directory", "error: secret: it is no directory; expected one",
            ])
    }

    @Test func aTildeIsTheHome() {
        #expect(load([.file("~/x")], ["/home/u/x": source("h")]).files == ["/home/u/x"])
    }

    @Test func namedFilesAreFoundAsOsloFindsThem() throws {
        let files = MemoryFiles([
            "here.yaml": "", "/abs/x.yaml": "", "/d/a.yaml": "", "/c2/a.yaml": "", "/c2/b.yaml": "", "/c1/b.yaml": "",
            "/c1/c.yaml": "", "/home/u/.ceilometer/c.yaml": "", "/etc/ceilometer/d.yaml": "", "/etc/d.yaml": "",
            "/c1/1.conf": "", "/c2/2.conf": "", "/d/here.yaml": "",
        ])
        let request = SettingsRequest(
            sources: [.file("/c1/1.conf"), .file("/c2/2.conf"), .directory("/d")], environment: .test())
        let search = Settings.load(request, files: files).search
        #expect(try search.find("here.yaml") == "here.yaml")
        #expect(try search.find("/abs/x.yaml") == "/abs/x.yaml")
        #expect(try search.find("/abs/none.yaml") == nil)
        #expect(try search.find("a.yaml") == "/d/a.yaml")
        #expect(try search.find("b.yaml") == "/c2/b.yaml")
        #expect(try search.find("c.yaml") == "/c1/c.yaml")
        #expect(try search.find("d.yaml") == "/etc/ceilometer/d.yaml")
        #expect(try search.find("none.yaml") == nil)
    }
}
