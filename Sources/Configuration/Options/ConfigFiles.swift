/// The INI files of a request, read and parsed.
struct ConfigFiles {
    /// The largest file that is read (bytes). oslo.config has no limit.
    static let sizeLimit = 16 << 20

    /// What was read, in order.
    private(set) var documents: [IniDocument] = []
    private(set) var diagnostics = Diagnostics()

    init(_ sources: [SettingsRequest.Source], files: any FileAccess) {
        for source in sources {
            switch source {
            case .file(let path): read(path, files)
            case .directory(let path): readDirectory(path, files)
            }
        }
    }

    private mutating func readDirectory(_ path: String, _ files: any FileAccess) {
        do {
            let names = try files.names(in: path).filter { $0.hasSuffix(".conf") && !$0.hasPrefix(".") }
            for name in names.sorted() { read(FileSearch.join(path, name), files) }
        } catch {
            diagnostics.error(at: nil, error.description)
        }
    }

    private mutating func read(_ path: String, _ files: any FileAccess) {
        do {
            let bytes = try files.contents(of: path, limit: Self.sizeLimit)
            let (document, errors) = IniParser.parse(bytes, file: path)
            documents.append(document)
            diagnostics.append(errors)
        } catch {
            diagnostics.error(at: nil, error.description)
        }
    }
}
