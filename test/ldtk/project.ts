/** Makes LDtk projects for tests, with all fields that LDtk 1.5 writes. Positions are in tiles unless they say px. */

const GRID = 16
/** Uids of the definitions. */
const UIDS = { Ground: 1, Picture: 2, Painted: 3, Things: 4, Sheet: 10 } as const

export type Field = readonly [identifier: string, type: string, value: unknown]

export interface TileSpec {
  readonly x: number
  readonly y: number
  readonly t: number
  readonly flip?: 0 | 1 | 2 | 3
}

export interface EntitySpec {
  readonly name: string
  /** The top left tile that it covers. */
  readonly x: number
  readonly y: number
  readonly pivot?: readonly [number, number]
  /** In pixels. */
  readonly size?: readonly [number, number]
  readonly fields?: readonly Field[]
}

export interface LayerSpec {
  readonly type: 'IntGrid' | 'Tiles' | 'AutoLayer' | 'Entities'
  /** Rows of IntGrid values, one digit in base 36 each. */
  readonly values?: readonly string[]
  readonly tiles?: readonly TileSpec[]
  readonly entities?: readonly EntitySpec[]
  readonly offsetPx?: readonly [number, number]
  readonly grid?: number
}

export interface LevelSpec {
  readonly name: string
  readonly columns: number
  readonly rows: number
  readonly layers: readonly LayerSpec[]
  readonly fields?: readonly Field[]
}

const NAMES = { IntGrid: 'Ground', Tiles: 'Picture', AutoLayer: 'Painted', Entities: 'Things' } as const

function iid(number: number): string {
  return `${String(number).padStart(8, '0')}-66b0-11ec-95f2-5f20538a0ecc`
}

function fieldInstance([identifier, type, value]: Field, index: number) {
  return {
    __identifier: identifier,
    __type: type,
    __value: value,
    __tile: null,
    defUid: 100 + index,
    realEditorValues: [],
  }
}

function tileInstance({ x, y, t, flip = 0 }: TileSpec) {
  return {
    px: [x * GRID, y * GRID],
    src: [(t % 8) * GRID, Math.floor(t / 8) * GRID],
    f: flip,
    t,
    d: [y * 64 + x],
    a: 1,
  }
}

/** As the editor places it when it snaps to the grid. */
function entityInstance(spec: EntitySpec, index: number) {
  const { name, x, y, pivot = [0, 0], size = [GRID, GRID], fields = [] } = spec
  const px = [0, 1].map(axis => {
    const start = (axis === 0 ? x : y) * GRID
    const side = size[axis] as number
    // A small entity is snapped by its pivot, inside of its cell; a large one begins with its first cell.
    return Math.floor(start + (pivot[axis] as number) * (side > GRID ? side : GRID))
  })
  return {
    __identifier: name,
    __grid: px.map((value, axis) => Math.floor((value - (pivot[axis] === 1 ? 1 : 0)) / GRID)),
    __pivot: [...pivot],
    __tags: [],
    __tile: null,
    __smartColor: '#FF0000',
    iid: iid(500 + index),
    width: size[0],
    height: size[1],
    defUid: 30,
    px,
    fieldInstances: fields.map(fieldInstance),
    __worldX: null,
    __worldY: null,
  }
}

function layerInstance(spec: LayerSpec, level: LevelSpec, index: number) {
  const { type, offsetPx = [0, 0], grid = GRID } = spec
  const tiles = (spec.tiles ?? []).map(tileInstance)
  return {
    __identifier: NAMES[type],
    __type: type,
    __cWid: Math.ceil((level.columns * GRID) / grid),
    __cHei: Math.ceil((level.rows * GRID) / grid),
    __gridSize: grid,
    __opacity: 1,
    __pxTotalOffsetX: offsetPx[0],
    __pxTotalOffsetY: offsetPx[1],
    __tilesetDefUid: type === 'Tiles' || type === 'AutoLayer' ? UIDS.Sheet : null,
    __tilesetRelPath: type === 'Tiles' || type === 'AutoLayer' ? 'sheet.png' : null,
    iid: iid(300 + index),
    levelId: 0,
    layerDefUid: UIDS[NAMES[type]],
    pxOffsetX: offsetPx[0],
    pxOffsetY: offsetPx[1],
    visible: true,
    optionalRules: [],
    intGridCsv: (spec.values ?? []).flatMap(row => Array.from(row, digit => Number.parseInt(digit, 36))),
    autoLayerTiles: type === 'AutoLayer' ? tiles : [],
    seed: 4711,
    overrideTilesetUid: null,
    gridTiles: type === 'Tiles' ? tiles : [],
    entityInstances: (spec.entities ?? []).map(entityInstance),
  }
}

/** A level as it stands in a project or in a file of its own. The first layer is the topmost one. */
export function ldtkLevel(spec: LevelSpec, uid = 0) {
  return {
    identifier: spec.name,
    iid: iid(uid),
    uid,
    worldX: -1,
    worldY: -1,
    worldDepth: 0,
    pxWid: spec.columns * GRID,
    pxHei: spec.rows * GRID,
    __bgColor: '#696A79',
    bgColor: null,
    useAutoIdentifier: false,
    bgRelPath: null,
    bgPos: null,
    bgPivotX: 0.5,
    bgPivotY: 0.5,
    __smartColor: '#ADADB5',
    __bgPos: null,
    externalRelPath: null as string | null,
    fieldInstances: (spec.fields ?? []).map(fieldInstance),
    layerInstances: spec.layers.map((layer, index) => layerInstance(layer, spec, index)) as
      | ReturnType<typeof layerInstance>[]
      | null,
    __neighbours: [],
  }
}

function layerDefinition(type: LayerSpec['type'], values: readonly (string | null)[]) {
  return {
    __type: type,
    identifier: NAMES[type],
    type,
    uid: UIDS[NAMES[type]],
    doc: null,
    uiColor: null,
    gridSize: GRID,
    guideGridWid: 0,
    guideGridHei: 0,
    guideColor: null,
    guideOpacity: 1,
    displayOpacity: 1,
    inactiveOpacity: 0.6,
    hideInList: false,
    hideFieldsWhenInactive: true,
    canSelectWhenInactive: true,
    renderInWorldView: true,
    pxOffsetX: 0,
    pxOffsetY: 0,
    parallaxFactorX: 0,
    parallaxFactorY: 0,
    parallaxScaling: true,
    requiredTags: [],
    excludedTags: [],
    layerUidsPreventingAutoTilingHere: [],
    uiFilterTags: [],
    useAsyncRender: false,
    // The editor keeps them in any order.
    intGridValues: values
      .map((identifier, i) => ({ value: i + 1, identifier, color: '#000000', tile: null, groupUid: 0 }))
      .reverse(),
    intGridValuesGroups: [],
    autoRuleGroups: [],
    autoSourceLayerDefUid: null,
    tilesetDefUid: type === 'Tiles' || type === 'AutoLayer' ? UIDS.Sheet : null,
    tilePivotX: 0,
    tilePivotY: 0,
    biomeFieldUid: null,
  }
}

/** A definition of a level field. Its default, if any, is a String. */
function fieldDefinition([identifier, value]: readonly [string, string | null], index: number) {
  return {
    identifier,
    doc: null,
    __type: 'String',
    uid: 100 + index,
    type: 'F_String',
    isArray: false,
    canBeNull: true,
    arrayMinLength: null,
    arrayMaxLength: null,
    editorDisplayMode: 'Hidden',
    editorDisplayScale: 1,
    editorDisplayPos: 'Above',
    editorLinkStyle: 'StraightArrow',
    editorDisplayColor: null,
    editorAlwaysShow: false,
    editorShowInWorld: true,
    editorCutLongValues: true,
    editorTextSuffix: null,
    editorTextPrefix: null,
    useForSmartColor: false,
    exportToToc: false,
    searchable: false,
    min: null,
    max: null,
    regex: null,
    acceptFileTypes: null,
    defaultOverride: value === null ? null : { id: 'V_String', params: [value] },
    textLanguageMode: null,
    symmetricalRef: false,
    autoChainRef: true,
    allowOutOfLevelRef: true,
    allowedRefs: 'OnlySame',
    allowedRefsEntityUid: null,
    allowedRefTags: [],
    tilesetUid: null,
  }
}

export interface ProjectSpec {
  readonly levels: readonly LevelSpec[]
  readonly worlds?: readonly { readonly name: string; readonly levels: readonly LevelSpec[] }[]
  /** Identifiers of the IntGrid values 1, 2, ... */
  readonly values?: readonly (string | null)[]
  /** Custom data of tiles of the tileset, by tile. */
  readonly customData?: Readonly<Record<number, string>>
  /** Tiles that carry a value of the tileset's enum. */
  readonly enumTags?: Readonly<Record<string, readonly number[]>>
  /** Level fields that are defined, with their default. */
  readonly levelFields?: readonly (readonly [string, string | null])[]
}

/** A project with the layers Ground (IntGrid), Picture (Tiles), Painted (AutoLayer) and Things (Entities). */
export function ldtkProject(spec: ProjectSpec) {
  const { levels, worlds = [], values = [], customData = {}, enumTags = {}, levelFields = [] } = spec
  const types = ['IntGrid', 'Tiles', 'AutoLayer', 'Entities'] as const
  return {
    __header__: {
      fileType: 'LDtk Project JSON',
      app: 'LDtk',
      doc: 'https://ldtk.io/json',
      appVersion: '1.5.3',
    },
    iid: iid(1),
    jsonVersion: '1.5.3',
    appBuildId: 473703,
    nextUid: 200,
    identifierStyle: 'Capitalize',
    toc: [],
    worldLayout: worlds.length ? null : 'LinearHorizontal',
    worldGridWidth: worlds.length ? null : 256,
    worldGridHeight: worlds.length ? null : 256,
    defaultLevelWidth: worlds.length ? null : 256,
    defaultLevelHeight: worlds.length ? null : 256,
    defaultPivotX: 0,
    defaultPivotY: 0,
    defaultGridSize: GRID,
    defaultEntityWidth: GRID,
    defaultEntityHeight: GRID,
    bgColor: '#40465B',
    defaultLevelBgColor: '#696A79',
    minifyJson: false,
    externalLevels: false,
    exportTiled: false,
    simplifiedExport: false,
    imageExportMode: 'None',
    exportLevelBg: true,
    pngFilePattern: null,
    backupOnSave: false,
    backupLimit: 10,
    backupRelPath: null,
    levelNamePattern: 'Level_%idx',
    tutorialDesc: null,
    customCommands: [],
    flags: worlds.length ? ['MultiWorlds'] : [],
    jsonStyle: 'Full',
    dummyWorldIid: iid(2),
    defs: {
      layers: types.map(type => layerDefinition(type, type === 'IntGrid' ? values : [])),
      entities: [],
      tilesets: [
        {
          __cWid: 8,
          __cHei: 8,
          identifier: 'Sheet',
          uid: UIDS.Sheet,
          relPath: 'sheet.png',
          embedAtlas: null,
          pxWid: 8 * GRID,
          pxHei: 8 * GRID,
          tileGridSize: GRID,
          spacing: 0,
          padding: 0,
          tags: [],
          tagsSourceEnumUid: null,
          enumTags: Object.entries(enumTags).map(([enumValueId, tileIds]) => ({ enumValueId, tileIds })),
          customData: Object.entries(customData).map(([tileId, data]) => ({ tileId: Number(tileId), data })),
          savedSelections: [],
          cachedPixelData: null,
        },
      ],
      enums: [],
      externalEnums: [],
      levelFields: levelFields.map(fieldDefinition),
    },
    levels: levels.map((level, index) => ldtkLevel(level, index)),
    worlds: worlds.map(({ name, levels: own }, index) => ({
      identifier: name,
      iid: iid(50 + index),
      worldGridWidth: 256,
      worldGridHeight: 256,
      defaultLevelWidth: 256,
      defaultLevelHeight: 256,
      worldLayout: 'Free',
      levels: own.map((level, i) => ldtkLevel(level, 100 * index + i)),
    })),
  }
}

/** The project with its levels in files of their own, and those files by their path. */
export function withLevelFiles(project: ReturnType<typeof ldtkProject>, folder: string) {
  const files = new Map<string, unknown>()
  const levels = project.levels.map(level => {
    const externalRelPath = `${folder}/${level.identifier}.ldtkl`
    files.set(externalRelPath, { ...level, externalRelPath })
    return { ...level, externalRelPath, layerInstances: null }
  })
  return { project: { ...project, externalLevels: true, levels }, files }
}
