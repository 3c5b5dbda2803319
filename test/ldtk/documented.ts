/**
 * The JSON of LDtk 1.5.4 as its documentation describes it (ldtk.io/json): for every type, its fields. Written from
 * that page and not from the importer, so that files made for tests can be checked against both.
 */

/** name:type; ? for what may be missing, | null for what may be null, [] for lists. */
const TYPES: Readonly<Record<string, string>> = {
  Project: `__header__?:any bgColor:string defs:Definitions externalLevels:bool iid:string jsonVersion:string
    levels:Level[] toc:any[] worlds:World[] worldGridHeight?:int|null worldGridWidth?:int|null worldLayout?:string|null
    appBuildId:float backupLimit:int backupOnSave:bool backupRelPath?:string|null customCommands:any[]
    defaultEntityHeight:int defaultEntityWidth:int defaultGridSize:int defaultLevelBgColor:string
    defaultLevelHeight?:int|null defaultLevelWidth?:int|null defaultPivotX:float defaultPivotY:float
    dummyWorldIid:string exportLevelBg:bool exportTiled:bool flags:string[] identifierStyle:string
    imageExportMode:string jsonStyle:string levelNamePattern:string nextUid:int pngFilePattern?:string|null
    simplifiedExport:bool tutorialDesc?:string|null minifyJson?:bool`,
  World: `identifier:string iid:string levels:Level[] worldGridHeight:int worldGridWidth:int worldLayout:string|null
    defaultLevelHeight:int defaultLevelWidth:int`,
  Level: `__bgColor:string __bgPos?:any|null __neighbours:any[] bgRelPath?:string|null externalRelPath?:string|null
    fieldInstances:FieldInstance[] identifier:string iid:string layerInstances?:LayerInstance[]|null pxHei:int
    pxWid:int uid:int worldDepth:int worldX:int worldY:int __smartColor:string bgColor?:string|null bgPivotX:float
    bgPivotY:float bgPos?:string|null useAutoIdentifier:bool`,
  LayerInstance: `__cHei:int __cWid:int __gridSize:int __identifier:string __opacity:float __pxTotalOffsetX:int
    __pxTotalOffsetY:int __tilesetDefUid?:int|null __tilesetRelPath?:string|null __type:string autoLayerTiles:Tile[]
    entityInstances:EntityInstance[] gridTiles:Tile[] iid:string intGridCsv:int[] layerDefUid:int levelId:int
    overrideTilesetUid?:int|null pxOffsetX:int pxOffsetY:int visible:bool optionalRules:int[] seed:int`,
  Tile: 'a:float f:int px:int[] src:int[] t:int d:int[]',
  EntityInstance: `__grid:int[] __identifier:string __pivot:float[] __smartColor:string __tags:string[]
    __tile?:any|null __worldX?:int|null __worldY?:int|null defUid:int fieldInstances:FieldInstance[] height:int
    iid:string px:int[] width:int`,
  FieldInstance:
    '__identifier:string __tile?:any|null __type:string __value:any|null defUid:int realEditorValues:any[]',
  Definitions: `entities:EntityDef[] enums:EnumDef[] externalEnums:EnumDef[] layers:LayerDef[] levelFields:FieldDef[]
    tilesets:TilesetDef[]`,
  LayerDef: `__type:string autoSourceLayerDefUid?:int|null displayOpacity:float gridSize:int identifier:string
    intGridValues:IntGridValueDef[] intGridValuesGroups:any[] parallaxFactorX:float parallaxFactorY:float
    parallaxScaling:bool pxOffsetX:int pxOffsetY:int tilesetDefUid?:int|null uid:int autoRuleGroups:any[]
    biomeFieldUid?:int|null canSelectWhenInactive:bool doc?:string|null excludedTags:string[] guideColor?:string|null
    guideGridHei:int guideGridWid:int guideOpacity:float hideFieldsWhenInactive:bool hideInList:bool
    inactiveOpacity:float layerUidsPreventingAutoTilingHere:int[] renderInWorldView:bool requiredTags:string[]
    tilePivotX:float tilePivotY:float type:string uiColor?:string|null uiFilterTags:string[] useAsyncRender:bool`,
  IntGridValueDef: 'color:string groupUid:int identifier?:string|null tile?:any|null value:int',
  EntityDef: `color:string height:int identifier:string nineSliceBorders:int[] pivotX:float pivotY:float
    tileRect?:any|null tileRenderMode:string tilesetId?:int|null uiTileRect?:any|null uid:int width:int
    allowOutOfBounds:bool doc?:string|null exportToToc:bool fieldDefs:FieldDef[] fillOpacity:float hollow:bool
    keepAspectRatio:bool limitBehavior:string limitScope:string lineOpacity:float maxCount:int maxHeight?:int|null
    maxWidth?:int|null minHeight?:int|null minWidth?:int|null renderMode:string resizableX:bool resizableY:bool
    showName:bool tags:string[] tileOpacity:float`,
  FieldDef: `__type:string acceptFileTypes?:string[]|null arrayMaxLength?:int|null arrayMinLength?:int|null
    canBeNull:bool defaultOverride?:any|null doc?:string|null identifier:string isArray:bool max?:float|null
    min?:float|null regex?:string|null type:string uid:int allowOutOfLevelRef:bool allowedRefTags:string[]
    allowedRefs:string allowedRefsEntityUid?:int|null autoChainRef:bool editorAlwaysShow:bool
    editorCutLongValues:bool editorDisplayColor?:string|null editorDisplayMode:string editorDisplayPos:string
    editorDisplayScale:float editorLinkStyle:string editorShowInWorld:bool editorTextPrefix?:string|null
    editorTextSuffix?:string|null exportToToc:bool searchable:bool symmetricalRef:bool
    textLanguageMode?:string|null tilesetUid?:int|null useForSmartColor:bool`,
  TilesetDef: `__cHei:int __cWid:int cachedPixelData?:any|null customData:CustomData[] embedAtlas?:string|null
    enumTags:EnumTag[] identifier:string padding:int pxHei:int pxWid:int relPath?:string|null savedSelections:any[]
    spacing:int tags:string[] tagsSourceEnumUid?:int|null tileGridSize:int uid:int`,
  CustomData: 'data:string tileId:int',
  EnumTag: 'enumValueId:string tileIds:int[]',
  EnumDef: `externalFileChecksum?:string|null externalRelPath?:string|null iconTilesetUid?:int|null identifier:string
    tags:string[] uid:int values:EnumValue[]`,
  EnumValue: 'color:int id:string tileRect?:any|null',
}

/** What in a value goes against the documentation, each with its place; nothing when it is a file of LDtk. */
export function faultsAgainstDocs(value: unknown, type = 'Project', place = type): string[] {
  if (type.endsWith('|null')) {
    return value === null ? [] : faultsAgainstDocs(value, type.slice(0, -'|null'.length), place)
  }
  if (type.endsWith('[]')) {
    if (!Array.isArray(value)) return [`${place}: no list`]
    return value.flatMap((item, i) => faultsAgainstDocs(item, type.slice(0, -2), `${place}[${i}]`))
  }
  switch (type) {
    case 'any':
      return []
    case 'int':
      return Number.isInteger(value) ? [] : [`${place}: no int`]
    case 'float':
      return typeof value === 'number' ? [] : [`${place}: no number`]
    case 'bool':
      return typeof value === 'boolean' ? [] : [`${place}: no bool`]
    case 'string':
      return typeof value === 'string' ? [] : [`${place}: no string`]
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${place}: no object`]
  const entries = new Map(Object.entries(value))
  const faults: string[] = []
  for (const field of (TYPES[type] as string).split(/\s+/)) {
    const [, name, optional, expected] = /^(\w+)(\??):(.+)$/.exec(field) as unknown as string[]
    if (entries.has(name)) faults.push(...faultsAgainstDocs(entries.get(name), expected, `${place}.${name}`))
    else if (optional === '') faults.push(`${place}.${name}: missing`)
    entries.delete(name)
  }
  return [...faults, ...[...entries.keys()].map(name => `${place}.${name}: not documented`)]
}
